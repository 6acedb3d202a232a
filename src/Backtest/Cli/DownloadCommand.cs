using System.CommandLine;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>download</c>: fetches candles from a dataset or an exchange.</summary>
static class DownloadCommand
{
    public static Command Create(Session session) => new Command("download", "Downloads candles: OUT/klines/SYMBOL/BASE_TF.parquet")
    {
        Text("out", "DIR", "Folder of the candles"), Text("source", "S", "huggingface, binance or binance.us [huggingface]"),
        Text("pairs", "BTC,ETH", "Base assets, separated by commas [all of the dataset; ten well-known ones of an exchange]"), Timeframe(),
        Text("from", "T", "Date or time in UTC of the first candle [the first there is]"),
        Text("to", "T", "Date or time in UTC, exclusive [the last closed candle]"),
        Flag("resume", "Go on where an earlier download stopped; files of an exchange get the candles since"),
        Text("base-url", "URL", "Another server that speaks like the source, for example a mirror"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string target = s.Required("out");
        string? address = s.Text("base-url");
        if (address is not null && !Uri.TryCreate(address, UriKind.Absolute, out _))
            throw s.Wrong("base-url", $"expected https://host/path, got '{address}'");
        var options = new DownloadOptions
        {
            Folder = target,
            Source = s.OneOf("source", "huggingface", "huggingface", "binance", "binance.us") switch
            {
                "binance" => DownloadSource.Binance,
                "binance.us" => DownloadSource.BinanceUs,
                _ => DownloadSource.HuggingFace,
            },
            Pairs = s.List("pairs"), Timeframe = s.Timeframe(), From = s.Time("from"), To = s.Time("to"), Resume = s.Flag("resume"),
            BaseAddress = address is null ? null : new Uri(address),
        };
        using var folder = new OutFolder(target);
        int complete = 0;
        session.Kept = () => $"{(complete == 1 ? "1 pair is" : $"{complete} pairs are")} done in {target}; --resume goes on with the rest";
        DownloadResult result = ProgressView.Show(session, "download", show => CandleDownload.RunAsync(options, step =>
        {
            complete = step.Finished - step.Failed;
            show(new BacktestProgress(step.Pair, step.Ended ? -1 : 0, step.Finished, step.Total, step.Fraction, step.Message));
        }, session.Cancellation).GetAwaiter().GetResult());
        foreach (DownloadedFile file in result.Files) session.Out.WriteLine(file.Report?.ToString() ?? $"{file.Path}: complete already");
        if (result.Failed.Count == 1) throw new InvalidDataException(result.Failed[0]);
        if (result.Failed.Count > 1)
            throw new InvalidDataException($"{result.Failed.Count} pairs are not downloaded: {string.Join("; ", result.Failed)}");
    }
}
