using System.CommandLine;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>convert</c>: cleans candles and writes them as Parquet or CSV, a file or a folder of pairs.</summary>
static class ConvertCommand
{
    /// <summary>A file to read and the one to write.</summary>
    sealed record Job(string In, string Out, string Symbol, string Base, Timeframe? Timeframe);

    public static Command Create(Session session) => new Command("convert", "Cleans candles and writes them as Parquet or CSV")
    {
        new Argument<string>("IN") { Description = "A .parquet or .csv file, or a folder of candles" },
        new Argument<string>("OUT") { Description = "The file to write, .parquet or .csv; of a folder, the folder to write" },
        Text("timeframe", "TF", "Length of a candle [that in the file's name, else as the times say; of a folder 1h]"),
        Text("format", "F", "Of a folder: csv or parquet [parquet]"), TimeZones.Option(), Json("the report"),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        (string source, string target) = (s.Argument("IN"), s.Argument("OUT"));
        TimeZoneInfo? zone = TimeZones.Of(s);
        bool json = s.Flag("json"), folder = Directory.Exists(source);
        Job[] jobs = folder ? OfFolder(s, session, source, target) : [OfFile(s, source, target)];
        if (jobs.FirstOrDefault(job => Same(job.In, job.Out)) is { } same)
            throw new UsageException($"convert: expected OUT to be another file than IN, got {same.In} for both");

        var done = new List<(Job Job, CandleReport Report)>();
        var failed = new List<string>();
        foreach (Job job in jobs)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            try
            {
                CandleReport report = Convert(job, zone, session.Cancellation);
                done.Add((job, report));
                if (!json) session.Out.WriteLine($"{job.Out}: from {report}");
            }
            catch (InvalidDataException e) when (folder)
            {
                failed.Add(e.Message);      // the other pairs are still of use
            }
        }
        if (json) session.Out.WriteLine(ToJson(done, folder));
        if (failed.Count > 0)
            throw new InvalidDataException($"{failed.Count} of {jobs.Length} files are not converted: {string.Join("; ", failed)}");
    }

    static CandleReport Convert(Job job, TimeZoneInfo? zone, CancellationToken cancellation)
    {
        (Candles candles, CandleReport report) = CandleFile.Clean(job.In, job.Symbol, job.Base, job.Timeframe, zone, DateTimeOffset.UtcNow);
        cancellation.ThrowIfCancellationRequested();
        if (Path.GetDirectoryName(job.Out) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        if (IsCsv(job.Out)) CandleFile.WriteCsv(job.Out, candles, cancellation);
        else CandleFile.WriteParquet(job.Out, candles, cancellation);
        return report;
    }

    static Job OfFile(Settings s, string source, string target)
    {
        if (s.Given("format")) throw s.Wrong("format", "expected only with a folder: the name of OUT says the format of a file");
        if (!IsCsv(target) && !target.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"convert: expected OUT to end in .csv or .parquet, got '{target}'");
        if (Directory.Exists(target)) throw new UsageException($"convert: expected OUT to be a file, but {target} is a folder");
        string asset = CandleFileName.Of(source).Base.ToUpperInvariant();
        return new Job(source, target, asset + "USDT", asset, s.Given("timeframe") ? s.Timeframe() : null);
    }

    static Job[] OfFolder(Settings s, Session session, string source, string target)
    {
        string format = s.OneOf("format", "parquet", "csv", "parquet");
        if (File.Exists(target)) throw new UsageException($"convert: expected OUT to be a folder, but {target} is a file");
        DataFolder folder = DataFolder.Find(source, s.Timeframe());
        foreach (string note in folder.Notes) session.Note(note);
        return [.. folder.Files.Select(f =>
            new Job(f.Path, Path.Combine(target, f.Symbol, $"{f.Base}_{f.Timeframe}.{format}"), f.Symbol, f.Base, f.Timeframe))];
    }

    static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    static bool Same(string a, string b) => Resolved(a) == Resolved(b);

    static string Resolved(string path) =>
        Path.GetFullPath(File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path);

    static string ToJson(List<(Job Job, CandleReport Report)> done, bool folder) => JsonText.Of(json =>
    {
        if (folder) json.WriteStartArray();
        foreach ((Job job, CandleReport report) in done)
        {
            json.WriteStartObject();
            json.WriteString("in", job.In);
            json.WriteString("out", job.Out);
            json.WritePropertyName("candles");
            report.WriteTo(json);
            json.WriteEndObject();
        }
        if (folder) json.WriteEndArray();
    });
}
