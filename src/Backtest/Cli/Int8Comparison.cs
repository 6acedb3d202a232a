using System.Diagnostics;
using System.Globalization;
using NeuralCore.Models;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// What int8 weights change of a network: the size of its files, the accuracy on candles after its training, the time of a prediction.
/// </summary>
sealed record Int8Comparison(Session Session, TrainedModel Trained, NetworkPredictor Floats, NetworkPredictor Int8)
{
    const string Weights = "model.safetensors";
    const double Seconds = 0.4;

    /// <summary>Prints it: sizes of what was written, and where there are candles accuracy and time.</summary>
    public void Write(string? folder, string? onnx, string? data, string[]? pairs)
    {
        if (folder is not null) Size("weights", Path.Combine(folder, Weights));
        if (onnx is not null) Size("ONNX file", onnx);
        if (data is null) return;
        Windows rows = Rows(data, pairs).For(Floats.Model.Judged);
        Prediction[] floats = Floats.Predict(rows), int8 = Int8.Predict(rows);
        (int right, int rightInt8, int changed, int known) = (0, 0, 0, 0);
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows.Value(row) is 0 or double.NaN) continue;
            bool rose = rows.Value(row) > 0, up = floats[row].Up > floats[row].Down, upInt8 = int8[row].Up > int8[row].Down;
            known++;
            if (up == rose) right++;
            if (upInt8 == rose) rightInt8++;
            if (up != upInt8) changed++;
        }
        if (known == 0) throw new InvalidDataException($"{data}: expected candles whose next one rises or falls, got none");
        Line($"accuracy on {known} rows: float32 {Percent(right)}, int8 {Percent(rightInt8)}; {Percent(changed)} of the directions differ");
        (double before, double after) = (Time(Floats, rows), Time(Int8, rows));
        Line($"one window: float32 {before:F1} us, int8 {after:F1} us");

        string Percent(int count) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / known:F2} %");
    }

    void Line(FormattableString text) => Session.Out.WriteLine(FormattableString.Invariant(text));

    void Size(string what, string path)
    {
        (long bytes, long before) = (new FileInfo(path).Length, new FileInfo(Path.Combine(Trained.Folder, Weights)).Length);
        double share = (double)bytes / before;
        Line($"{what}: {bytes} bytes, {share:F3} of the {before} bytes of float32 weights ({Floats.Network.Count} parameters)");
    }

    /// <summary>Rows after the training, whose next candle is known; without any, with a note, all.</summary>
    Windows Rows(string data, string[]? pairs)
    {
        MarketSeries[] series = ModelCandles.Folder(Session, Trained, data, Models.Data.Timeframe.Parse(Trained.Timeframe), pairs).Series;
        long from = Trained.Time("trained_until") ?? long.MinValue;
        Windows rows = Windows.Select(series, Floats.Model.Window, (_, time) => time >= from);
        if (rows.Count > 0) return rows;
        Session.Note($"{data} has no candles after {Trained.Metadata.GetValueOrDefault("trained_until")}, until which the model was "
            + "trained: all are taken");
        rows = Windows.Select(series, Floats.Model.Window, (_, _) => true);
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{data}: expected {Floats.Model.Window} candles one after another "
            + "with known features, got none");
    }

    /// <summary>Median microseconds of a prediction of one window, when warm.</summary>
    double Time(NetworkPredictor predictor, Windows rows)
    {
        Windows scaled = predictor.Seen(rows).Scaled(predictor.Scaler!);
        var x = new Tensor(1, scaled.InputShape[0], scaled.InputShape[1]);
        scaled.Copy([0], x.Span, default);
        Tape tape = predictor.Network.Tape();
        var ticks = new List<long>();
        for (long start = Stopwatch.GetTimestamp(), now = start; Stopwatch.GetElapsedTime(start, now).TotalSeconds < Seconds;)
        {
            long before = now;
            predictor.Network.Predict(x, tape);
            now = Stopwatch.GetTimestamp();
            ticks.Add(now - before);
            if (ticks.Count % 100 == 0) Session.Cancellation.ThrowIfCancellationRequested();
        }
        ticks.RemoveRange(0, ticks.Count / 2);   // warm by then
        return ticks.Order().ElementAt(ticks.Count / 2) * 1e6 / Stopwatch.Frequency;
    }
}
