using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The files of the zigzag pipeline beside its models. Each appears complete or not at all.</summary>
static class LegFiles
{
    /// <summary>
    /// All turning points of a pair: <c>time,price,side,swing,confirmed_at,decided_at,beyond,passed,walk</c>. The last four are of the leg
    /// that ends in it, and empty for the first of a side.
    /// </summary>
    public static void WriteLabels(string path, Candles candles) => Write(path, file =>
    {
        IReadOnlyList<Pivot> pivots = ZigZag.Of(candles, LegEnds.Reversal).Pivots;
        Leg[] legs = Leg.Of(candles);
        using var writer = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("time,price,side,swing,confirmed_at,decided_at,beyond,passed,walk");
        for (int k = 0; k < pivots.Count; k++)
        {
            Pivot p = pivots[k];
            writer.Write(Invariant($"{Format.Iso(p.Time)},{p.Price:R},{(p.IsHigh ? "high" : "low")},"));
            writer.Write($"{ScoredLeg.Name(p.Swing)},{Format.Iso(p.ConfirmedAt)}");
            writer.WriteLine(p.Swing == Swing.First ? ",,,," : Of(pivots[k - 1], p));
        }

        string Of(Pivot begin, Pivot end)
        {
            Leg leg = legs[begin.ConfirmedIndex];
            return Invariant($",{Format.Iso(begin.ConfirmedAt)},{Bit(LegEnds.IsBeyond(end.Swing))},{Bit(leg.Passed)},{leg.Walk:R}");
        }
    });

    /// <summary>Scored legs: <c>decided_at,side,p_beyond,passed,walk,expected,ended</c>.</summary>
    public static void WriteLegs(string path, IReadOnlyList<ScoredLeg> legs) => Write(path, file =>
    {
        using var writer = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("decided_at,side,p_beyond,passed,walk,expected,ended");
        foreach (ScoredLeg leg in legs)
        {
            writer.Write(Invariant($"{Format.Iso(leg.DecidedAt)},{leg.Side},{leg.Probability:R},{Bit(leg.Passed)},{leg.Walk:R},"));
            writer.WriteLine($"{End(leg, leg.Probability > 0.5f)},{End(leg, leg.Beyond)}");
        }

        static string End(ScoredLeg leg, bool beyond) => ScoredLeg.Name(ScoredLeg.End(leg.Side, beyond));
    });

    /// <summary>A JSON object.</summary>
    public static void WriteJson(string path, Action<Utf8JsonWriter> write) => Write(path, file => JsonText.WriteObject(file, write));

    static int Bit(bool value) => value ? 1 : 0;

    static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = File.Create(temporary)) write(file);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
