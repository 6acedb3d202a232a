using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>A leg of a zigzag, asked about once at its decision point (<see cref="LegEnds"/>), and how it ended.</summary>
/// <param name="DecidedAt">Close of the candle at which it was asked about, microseconds UTC.</param>
/// <param name="Side">1 for a leg up, -1 for a leg down.</param>
/// <param name="Probability">That it ends beyond the last turning point of its side, as the model has it.</param>
/// <param name="Passed">Whether it had already passed that point: the guess of the rule.</param>
/// <param name="Walk">The probability that a random walk gives it (<see cref="Leg.Walk"/>).</param>
/// <param name="Beyond">Whether it did end there.</param>
/// <param name="Candles">Candles from the decision on at which the leg was still running.</param>
/// <param name="CandlesRight">Those of them at which the rule, asked at every candle, was right.</param>
readonly record struct ScoredLeg(long DecidedAt, int Side, float Probability, bool Passed, double Walk, bool Beyond, int Candles,
    int CandlesRight)
{
    /// <summary>1 where the model is right, ½ where it gives both ends the same probability.</summary>
    public double Hit => Probability == 0.5f ? 0.5 : Probability > 0.5f == Beyond ? 1 : 0;

    /// <summary>1 where the rule is right.</summary>
    public double RuleHit => Passed == Beyond ? 1 : 0;

    /// <summary>1 where the more probable end of a random walk is right.</summary>
    public double WalkHit => Walk > 0.5 == Beyond ? 1 : 0;

    /// <summary>The turning point that a leg ends in.</summary>
    public static Swing End(int side, bool beyond) => side > 0
        ? beyond ? Swing.HigherHigh : Swing.LowerHigh
        : beyond ? Swing.LowerLow : Swing.HigherLow;

    /// <summary>HH, LH, LL or HL.</summary>
    public static string Name(Swing swing) => swing switch
    {
        Swing.HigherHigh => "HH",
        Swing.LowerHigh => "LH",
        Swing.LowerLow => "LL",
        Swing.HigherLow => "HL",
        _ => "",
    };

    /// <summary>Lets a model say how the legs of rows end.</summary>
    /// <param name="predictor">A trained zigzag.</param>
    /// <param name="rows">Windows that end at decision points of one pair, each once, with known ends.</param>
    public static ScoredLeg[] Of(Predictor predictor, Windows rows)
    {
        if (rows.Count == 0) return [];
        Prediction[] predictions = predictor.Predict(rows);
        MarketSeries series = rows.Series[0];
        Candles candles = series.Candles;
        Leg[] legs = Leg.Of(candles);
        Label ends = series.Label(LegEnds.Target);
        return [.. predictions.Select((p, row) =>
        {
            int t = rows.Rows[row].End, end = t;
            bool beyond = ends.Values[t] > 0;
            int right = 0;
            for (; ends.Start(end) < ends.KnownAt[t]; end++)
                if (legs[end].Passed == beyond) right++;
            return new ScoredLeg(ends.Start(t), legs[t].Side, p.Up, legs[t].Passed, legs[t].Walk, beyond, end - t, right);
        })];
    }
}
