using System.CommandLine;
using System.Globalization;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>simulate</c>: writes a market whose best possible accuracy is known as files of candles.</summary>
static class SimulateCommand
{
    public static Command Create(Session session) => new Command("simulate",
        "Writes a simulated market whose best possible accuracy is known: SYMBOL/BASE_1h.csv, best_probability.csv")
    {
        Text("out", "DIR", "Folder of the candles"), Text("pairs", "N", "Number of pairs, at most 1000 [10]"),
        Text("candles", "N", "Candles of each pair [20000]"), Text("accuracy", "A", "Best possible accuracy, 0.5 to 0.95 [0.6]"), Seed(),
        Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string target = s.Required("out");
        var options = new SimulatedMarketOptions
        {
            Pairs = s.Whole("pairs", 10, 1, 1000),
            Candles = s.Whole("candles", 20_000, 100, 10_000_000),
            Seed = s.Seed(),
            Accuracy = s.Number("accuracy", 0.6, 0.5, 0.95),
        };
        using var folder = new OutFolder(target);
        SimulatedMarket market = SimulatedMarket.Create(options, session.Cancellation);
        // All files are complete in a folder of their own before the first gets its place.
        string temporary = Path.Combine(target, $".simulate.{Guid.NewGuid():N}.tmp");
        try
        {
            List<string> files = ProgressView.Show(session, "simulate", show => Write(market, temporary, show, session.Cancellation));
            foreach (string file in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
                File.Move(Path.Combine(temporary, file), Path.Combine(target, file), overwrite: true);
            }
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        session.Out.WriteLine($"{options.Pairs} pairs of {Format.Count(options.Candles)} candles, "
            + $"best possible accuracy {Format.Percent(options.Accuracy, 1)}: {target}");
    }

    static List<string> Write(SimulatedMarket market, string folder, Action<BacktestProgress> show, CancellationToken cancellation)
    {
        var files = new List<string>();
        int total = market.Candles.Length + 1;
        foreach (Candles candles in market.Candles)
        {
            files.Add(Path.Combine(candles.Symbol, $"{candles.Base}_{candles.Timeframe}.csv"));
            Directory.CreateDirectory(Path.Combine(folder, candles.Symbol));
            CandleFile.WriteCsv(Path.Combine(folder, files[^1]), candles, cancellation);
            Done(files[^1]);
        }
        files.Add("best_probability.csv");
        WriteBestProbability(Path.Combine(folder, files[^1]), market, cancellation);
        Done(files[^1]);
        return files;

        void Done(string file) => show(new BacktestProgress(file, -1, files.Count, total, (double)files.Count / total, file));
    }

    /// <summary>
    /// For every candle (a row) and pair (a column) the probability, known at its close, that the next candle closes higher.
    /// </summary>
    static void WriteBestProbability(string path, SimulatedMarket market, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine("open_time," + string.Join(',', market.Candles.Select(c => c.Base)));
        for (int t = 0; t < market.Options.Candles; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Write(Format.Iso(market.Candles[0].OpenTime[t]));
            foreach (double[] p in market.ProbabilityUp) writer.Write("," + p[t].ToString("R", CultureInfo.InvariantCulture));
            writer.WriteLine();
        }
    }
}
