namespace NeuralCore.Backtest;

/// <summary>
/// One layer and direction of a recurrent layer after its last step; a backward direction's last step is the window's oldest candle.
/// </summary>
/// <param name="Layer">Place of the recurrent layer in the network, for example <c>rnn</c>.</param>
/// <param name="Index">Number of the layer in its stack, from 0.</param>
/// <param name="Backward">Whether it reads from the newest candle to the oldest.</param>
/// <param name="Gates">Its gates over units: i, f, g, o of an LSTM, r, z, n of a GRU.</param>
/// <param name="HiddenNorm">Euclidean norm of the hidden state h.</param>
public sealed record RecurrentView(string Layer, int Index, bool Backward, IReadOnlyList<GateRange> Gates, double HiddenNorm);

/// <summary>A gate over the units of a layer.</summary>
/// <param name="Gate">Its letter.</param>
/// <param name="Min">The smallest value.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Max">The largest.</param>
public sealed record GateRange(char Gate, float Min, double Mean, float Max);

/// <summary>The weights of an attention layer over the window.</summary>
/// <param name="Layer">Place of the layer in the network, for example <c>pool.attention</c>.</param>
/// <param name="Weights">One weight a candle, the oldest first; they sum to 1.</param>
public sealed record AttentionView(string Layer, IReadOnlyList<float> Weights);

/// <summary>Runs a network on one row at a time and keeps what its layers show on the way (<see cref="Tape.Watch"/>).</summary>
sealed class NetworkView
{
    readonly Model model;
    readonly NeuralCore.Models.Windows rows;
    readonly Tape tape;
    readonly List<RecurrentView> recurrent = [];
    readonly List<AttentionView> attention = [];

    public NetworkView(Model model, NeuralCore.Models.Windows rows)
    {
        (this.model, this.rows, tape) = (model, rows, model.Tape());
        tape.Watch = Watch;
    }

    public IReadOnlyList<RecurrentView> Recurrent => [.. recurrent];

    public IReadOnlyList<AttentionView> Attention => [.. attention];

    /// <summary>Runs the network on a row.</summary>
    public void Look(int row)
    {
        recurrent.Clear();
        attention.Clear();
        var x = new Tensor(1, rows.Length, rows.InputShape[1]);
        rows.Copy([row], x.Span, default);
        model.Predict(rows.HasLengths ? x.WithLengths([rows.Steps(row)]) : x, tape);
    }

    void Watch(Layer layer, string what, Tensor values)
    {
        if (layer is RecurrentLayer gated && what.StartsWith("gates", StringComparison.Ordinal))
        {
            bool backward = what.EndsWith("_reverse", StringComparison.Ordinal);
            int index = int.Parse(what["gates_l".Length..].Split('_')[0], System.Globalization.CultureInfo.InvariantCulture);
            string letters = layer is Gru ? "rzn" : "ifgo";
            recurrent.Add(new RecurrentView(layer.Path, index, backward, [.. letters.Select((gate, g) => Range(gate, values.Row(g)))],
                double.NaN));
        }
        else if (layer is RecurrentLayer && what == "h")
        {
            // h follows the gates of all layers and directions of the layer, in the same order.
            int first = recurrent.Count - values.Shape[0];
            for (int i = 0; i < values.Shape[0]; i++) recurrent[first + i] = recurrent[first + i] with { HiddenNorm = Norm(values.Row(i)) };
        }
        else if (layer is AdditiveAttention) attention.Add(new AttentionView(layer.Path, values.Row(0)[..rows.Length].ToArray()));
    }

    static GateRange Range(char gate, ReadOnlySpan<float> units)
    {
        (float min, float max, double sum) = (units[0], units[0], 0);
        foreach (float unit in units) (min, max, sum) = (Math.Min(min, unit), Math.Max(max, unit), sum + unit);
        return new GateRange(gate, min, sum / units.Length, max);
    }

    static double Norm(ReadOnlySpan<float> h)
    {
        double sum = 0;
        foreach (float x in h) sum += (double)x * x;
        return Math.Sqrt(sum);
    }
}
