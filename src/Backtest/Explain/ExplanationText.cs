using System.Globalization;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>Explanations as tables of at most 80 columns.</summary>
static class ExplanationText
{
    const int BarWidth = 40;

    /// <summary>One line a candle.</summary>
    public static TextTable Summary(IReadOnlyList<Explanation> all)
    {
        var table = new TextTable("<time", "<pair", "down", "neutral", "up", "<call", "return", "<result");
        foreach (Explanation e in all)
            table.Add(Format.Time(e.Candles.OpenTime[e.Candle]), e.Candles.Base, Format.Percent(e.Prediction.Down), Format.Percent(e.Prediction.Neutral),
                Format.Percent(e.Prediction.Up), Name(e.Prediction.Call), Format.Percent(e.Return, 3), Result(e));
        return table;
    }

    /// <summary>All about one candle.</summary>
    public static void Write(TextWriter text, Explanation e)
    {
        text.WriteLine($"{e.Candles.Base} {Format.Time(e.Candles.OpenTime[e.Candle])}: {Name(e.Prediction.Call)}, {Result(e)}");
        foreach (MemberExplanation member in e.Members)
        {
            if (e.Members.Count > 1)
                text.WriteLine($"{member.Model}: down {Format.Percent(member.Prediction.Down)}, "
                    + $"neutral {Format.Percent(member.Prediction.Neutral)}, up {Format.Percent(member.Prediction.Up)}");
            text.Write(Features(member).ToPlainText());
            if (member.Recurrent.Count > 0) text.Write(Gates(member).ToPlainText());
            foreach (AttentionView attention in member.Attention)
            {
                text.WriteLine($"attention {attention.Layer}");
                text.Write(Attention(e, attention).ToPlainText());
            }
        }
        text.WriteLine();
    }

    static TextTable Features(MemberExplanation member)
    {
        var table = new TextTable("<feature", "raw", "scaled");
        foreach (FeatureValue feature in member.Features)
            table.Add(feature.Name, Number(feature.Raw, "G6"), feature.Scaled is { } scaled ? Number(scaled, "F4") : Format.Missing);
        return table;
    }

    static TextTable Gates(MemberExplanation member)
    {
        var table = new TextTable("<gates, last step", "<gate", "min", "mean", "max", "norm of h");
        foreach (RecurrentView layer in member.Recurrent)
            foreach (GateRange gate in layer.Gates)
                table.Add(gate == layer.Gates[0] ? Place(layer) : "", $"{gate.Gate}", Number(gate.Min, "F4"), Number(gate.Mean, "F4"), Number(gate.Max, "F4"),
                    gate == layer.Gates[0] ? Number(layer.HiddenNorm, "F4") : "");
        return table;

        static string Place(RecurrentView layer) => $"{layer.Layer} layer {layer.Index} {(layer.Backward ? "backward" : "forward")}";
    }

    static TextTable Attention(Explanation e, AttentionView attention)
    {
        var table = new TextTable("<candle", "weight", "<");
        int steps = attention.Weights.Count, first = e.Candle - steps + 1;
        float largest = attention.Weights.Max();
        for (int t = 0; t < steps; t++)
            table.Add(Format.Time(e.Candles.OpenTime[first + t]), Number(attention.Weights[t], "F4"),
                new string('█', largest > 0 ? (int)Math.Round(BarWidth * attention.Weights[t] / largest) : 0));
        return table;
    }

    static string Result(Explanation e) => e.Right switch
    {
        true => "right",
        false => "wrong",
        null => double.IsNaN(e.Return) ? "not yet known" : e.Return == 0 ? "no move" : "no call",
    };

    static string Name(Direction direction) => direction.ToString().ToUpperInvariant();

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
