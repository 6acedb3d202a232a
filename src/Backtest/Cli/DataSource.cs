using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>Candles for a command: from a folder, or simulated.</summary>
static class DataSource
{
    const int ListedFiles = 5;

    /// <summary>Reads and checks the candles of a folder.</summary>
    /// <param name="session">Gets the notes, and stops the reading.</param>
    /// <param name="path">The folder.</param>
    /// <param name="timeframe">Length of a candle.</param>
    /// <param name="pairs">Base assets; null for all.</param>
    /// <param name="latest">Only this many candles at the end of each pair; null for all.</param>
    public static BacktestData Folder(Session session, string path, Timeframe timeframe, string[]? pairs, int? latest = null)
    {
        DataFolder folder = DataFolder.Find(path, timeframe, pairs);
        CandleSet set = folder.Load(cancellation: session.Cancellation);
        Candles[] candles = latest is { } n ? [.. set.Pairs.Select(p => Latest(p, n))] : set.Pairs;
        List<string> notes = [.. folder.Notes];
        if (folder.Ignored.Count > 0)
            notes.Add($"data files of other names are ignored ({folder.Ignored.Count}): "
                + string.Join(", ", folder.Ignored.Take(ListedFiles)) + (folder.Ignored.Count > ListedFiles ? ", ..." : ""));
        return new BacktestData
        {
            Pairs = candles,
            Description = $"Candles of {path}{(latest is null ? "" : $", the last {latest} of each pair")}",
            Hash = CandleSet.Hash(candles),
            PairNotes = [.. set.Reports.Select(r => (IReadOnlyList<string>)[.. r.Phrases])],
            Notes = notes,
        };
    }

    /// <summary>Reads a single file, whose name may say base and timeframe: <c>BTC_1h.csv</c>.</summary>
    public static Candles File(string path, Timeframe timeframe, string? pair)
    {
        string asset = pair ?? CandleFileName.Of(path).Base.ToUpperInvariant();
        return CandleFile.Read(path, asset + "USDT", asset, timeframe).Candles;
    }

    /// <summary>Simulates a market.</summary>
    public static BacktestData Simulated(Session session, SimulatedMarketOptions options, string[]? pairs)
    {
        SimulatedMarket market = SimulatedMarket.Create(options, session.Cancellation);
        string[] there = [.. market.Candles.Select(c => c.Base)];
        string[] wanted = [.. (pairs ?? there).Select(p => p.ToUpperInvariant())];
        if (wanted.FirstOrDefault(p => !there.Contains(p)) is { } missing)
            throw new UsageException($"--pairs: the simulated market has no {missing}; it has {string.Join(", ", there)}");
        int[] chosen = [.. Enumerable.Range(0, there.Length).Where(i => wanted.Contains(there[i]))];
        Candles[] candles = [.. chosen.Select(i => market.Candles[i])];
        return new BacktestData
        {
            Pairs = candles,
            Description = $"Simulated market, seed {options.Seed}, best possible accuracy {Format.Percent(options.Accuracy, 1)}",
            Hash = CandleSet.Hash(candles),
            PairNotes = [.. candles.Select(_ => (IReadOnlyList<string>)[])],
            BestProbability = [.. chosen.Select(i => market.ProbabilityUp[i])],
        };
    }

    static Candles Latest(Candles all, int count)
    {
        int from = Math.Max(0, all.Count - count);
        return new Candles
        {
            Symbol = all.Symbol, Base = all.Base, Timeframe = all.Timeframe, OpenTime = all.OpenTime[from..],
            Open = all.Open[from..], High = all.High[from..], Low = all.Low[from..], Close = all.Close[from..], Volume = all.Volume[from..],
            QuoteVolume = all.QuoteVolume?[from..], Trades = all.Trades?[from..], TakerBuyVolume = all.TakerBuyVolume?[from..],
            TakerBuyQuoteVolume = all.TakerBuyQuoteVolume?[from..],
        };
    }
}
