using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// How often a model says right how legs end, beside three that know nothing of indicators, on the same legs: the rule (beyond if it has
/// already passed the last turning point of its side), the walk (beyond if a random walk would rather end there) and the end that more
/// training legs had. Legs follow each other without overlap, each scored once.
/// </summary>
/// <param name="Legs">Legs scored.</param>
/// <param name="Beyond">Those that ended beyond the last turning point of their side.</param>
/// <param name="Hits">Legs that the model had right.</param>
/// <param name="RuleHits">Legs that the rule had right.</param>
/// <param name="WalkHits">Legs that the walk had right.</param>
/// <param name="MajorityHits">Legs that had the more frequent end of the training legs.</param>
/// <param name="OverRule">The model's accuracy less the rule's: paired, by blocks of legs.</param>
/// <param name="OverWalk">The model's accuracy less the walk's.</param>
/// <param name="Candles">Candles of all these legs from their decision points on.</param>
/// <param name="CandlesRight">Those at which the rule, asked at every candle, was right: a figure that says nothing of a forecast.</param>
sealed record LegScores(long Legs, long Beyond, double Hits, double RuleHits, double WalkHits, double MajorityHits, Difference OverRule,
    Difference OverWalk, long Candles, long CandlesRight)
{
    /// <summary>Of each of HH, LH, LL and HL: the legs that ended so, and how many of them the model had right.</summary>
    public required IReadOnlyList<(Swing Swing, long Legs, double Hits)> Ends { get; init; }

    /// <summary>Share of the legs that the model had right.</summary>
    public double Accuracy => Hits / Legs;

    /// <summary>Wilson's interval of <see cref="Accuracy"/>.</summary>
    public Interval Interval => Backtest.Interval.Wilson(Hits, Legs);

    /// <summary>Scores legs.</summary>
    /// <param name="legs">The legs.</param>
    /// <param name="majorityBeyond">Whether more training legs ended beyond than not.</param>
    /// <param name="seed">Seed of the intervals of differences.</param>
    public static LegScores Of(IReadOnlyList<ScoredLeg> legs, bool majorityBeyond, ulong seed)
    {
        double[] hits = [.. legs.Select(leg => leg.Hit)], rule = [.. legs.Select(leg => leg.RuleHit)],
            walk = [.. legs.Select(leg => leg.WalkHit)];
        double[] counted = [.. legs.Select(_ => 1.0)];
        var bootstrap = new BlockBootstrap([.. legs.Select(leg => leg.DecidedAt)], seed);
        return new LegScores(legs.Count, legs.Count(leg => leg.Beyond), hits.Sum(), rule.Sum(), walk.Sum(),
            legs.Count(leg => leg.Beyond == majorityBeyond), bootstrap.Difference(hits, rule, counted),
            bootstrap.Difference(hits, walk, counted), legs.Sum(leg => (long)leg.Candles), legs.Sum(leg => (long)leg.CandlesRight))
        {
            Ends = [.. ((Swing[])[Swing.HigherHigh, Swing.LowerHigh, Swing.LowerLow, Swing.HigherLow]).Select(swing =>
            {
                ScoredLeg[] ended = [.. legs.Where(leg => ScoredLeg.End(leg.Side, leg.Beyond) == swing)];
                return (swing, (long)ended.Length, ended.Sum(leg => leg.Hit));
            })],
        };
    }

    /// <summary>Writes the figures as properties of the object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("legs", Legs);
        JsonScores.Number(json, "base_rate", (double)Beyond / Legs);
        Rate("network", Hits);
        Rate("rule", RuleHits);
        Rate("walk", WalkHits);
        Rate("majority", MajorityHits);
        Over("over_rule", OverRule);
        Over("over_walk", OverWalk);
        json.WriteStartObject("rule_per_candle");
        JsonScores.Number(json, "accuracy", (double)CandlesRight / Candles);
        json.WriteNumber("n", Candles);
        json.WriteEndObject();
        json.WriteStartObject("ends");
        foreach ((Swing swing, long legs, double hits) in Ends)
        {
            json.WriteStartObject(ScoredLeg.Name(swing));
            json.WriteNumber("legs", legs);
            json.WriteNumber("hits", hits);
            json.WriteEndObject();
        }
        json.WriteEndObject();

        void Rate(string name, double hits)
        {
            json.WriteStartObject(name);
            JsonScores.Number(json, "accuracy", hits / Legs);
            JsonScores.Interval(json, Backtest.Interval.Wilson(hits, Legs));
            json.WriteNumber("hits", hits);
            json.WriteEndObject();
        }

        void Over(string name, Difference difference)
        {
            json.WriteStartObject(name);
            JsonScores.Number(json, "difference", difference.Value);
            JsonScores.Interval(json, difference.Interval);
            json.WriteEndObject();
        }
    }

    /// <summary>A table of the scores of several pairs and timeframes.</summary>
    public static TextTable Table(IEnumerable<(string Pair, string Timeframe, LegScores Scores)> rows)
    {
        var table = new TextTable("<pair", "<timeframe", "legs", "beyond", "network", "rule", "walk", "majority", "network - rule",
            "network - walk", "rule per candle");
        foreach ((string pair, string timeframe, LegScores s) in rows)
        {
            table.Add(pair, timeframe, Format.Count(s.Legs), Share(s.Beyond), $"{Share(s.Hits)} {Format.Range(s.Interval)}",
                Share(s.RuleHits),
                Share(s.WalkHits), Share(s.MajorityHits), Over(s.OverRule), Over(s.OverWalk),
                Format.Percent((double)s.CandlesRight / s.Candles));

            string Share(double hits) => Format.Percent(hits / s.Legs);
        }
        return table;

        static string Over(Difference difference) => $"{Format.Points(difference.Value)} {Format.Range(difference.Interval)}";
    }
}
