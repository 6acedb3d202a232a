namespace NeuralCore.Models;

/// <summary>A network around LSTM cells, or with the setting <c>gru</c> around GRU cells, under a name that says so.</summary>
public abstract record RecurrentModel : NetworkModel
{
    /// <summary>Whether the cells are GRUs.</summary>
    public bool Gru { get; init; }

    private protected Layer Recurrent(
        int inputs, int hidden, bool bidirectional = false, bool lastStep = true, Initializer? recurrent = null)
        => Cells(Gru, inputs, hidden, bidirectional, lastStep, recurrent);

    /// <summary>A recurrent layer; LSTM cells begin with forget gates that keep.</summary>
    internal static Layer Cells(
        bool gru, int inputs, int hidden, bool bidirectional = false, bool lastStep = true, Initializer? recurrent = null)
    {
        Initializer weights = Initializers.XavierUniform();
        return gru ? new Gru(inputs, hidden, bidirectional: bidirectional, lastStep: lastStep, weights: weights, recurrent: recurrent)
            : new Lstm(inputs, hidden, bidirectional: bidirectional, lastStep: lastStep, weights: weights, recurrent: recurrent,
                forgetBias: 1f);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => Gru ? [.. base.Settings, ("gru", 1)] : base.Settings;

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "gru" ? this with { Gru = Flag(name, value) } : base.With(name, value);
}
