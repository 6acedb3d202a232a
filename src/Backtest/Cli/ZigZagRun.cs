using System.Runtime.ExceptionServices;
using System.Text;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>The steps of <see cref="ZigZagCommand"/> over all pairs and timeframes, several at a time.</summary>
/// <param name="session">Where results go.</param>
/// <param name="folder">OUT.</param>
/// <param name="candles">Each pair and timeframe.</param>
/// <param name="threads">How many are at work at the same time.</param>
sealed class ZigZagRun(Session session, string folder, IReadOnlyList<Candles> candles, int threads)
{
    /// <summary>Writes the turning points.</summary>
    public void Label() => Each("label", (of, _) =>
    {
        string path = Path.Combine(folder, "labels", of.Base, $"{of.Timeframe}.csv");
        LegFiles.WriteLabels(path, of);
        return path;
    }, path => path);

    /// <summary>Trains and keeps a model for each pair and timeframe.</summary>
    public void Train(ZigZagModel model, long? trainTo, long? validateTo, ulong seed)
    {
        foreach (Candles of in candles) ModelFolder.RequireReplaceable(Place(of));
        var options = new LegOptions(model, trainTo, validateTo, seed);
        Each("train", (of, progress) =>
        {
            LegPipeline.Trained trained = LegPipeline.Train(of, options, progress, session.Cancellation);
            var metadata = new Dictionary<string, string>(trained.Metadata) { ["version"] = CommandLine.Version };
            trained.Predictor.Save(Place(of), metadata, temporary => LegFiles.WriteJson(Path.Combine(temporary, "metrics.json"), json =>
            {
                json.WriteString("model", model.Name);
                json.WriteNumber("training_rows", trained.TrainingLegs);
                json.WriteNumber("epochs", trained.Fit.History?.Epochs.Count ?? 0);
                json.WriteNumber("best_epoch", trained.Fit.History?.BestEpoch ?? 0);
                json.WriteStartObject("validation");
                trained.Validation.Write(json);
                json.WriteEndObject();
            }));
            return trained.Validation;
        }, scores => $"{Format.Percent(scores.Accuracy)} {Format.Range(scores.Interval)} of {Format.Count(scores.Legs)} validation "
            + "legs right");
    }

    /// <summary>Scores the legs after each model's validation, and shows the table.</summary>
    public void Evaluate(long? testTo, ulong seed, bool json)
    {
        LegScores[] all = Each("evaluate", (of, _) =>
        {
            TrainedModel model = Load(of);
            long from = model.Time("trained_until")
                ?? throw new InvalidDataException($"{Path.Combine(model.Folder, "config.json")}: metadata: expected the key "
                    + "'trained_until'");
            ScoredLeg[] legs = LegPipeline.Score(model.Predictor, of, from, testTo ?? long.MaxValue, session.Cancellation);
            if (legs.Length == 0)
                throw new InvalidDataException($"{of.Symbol} {of.Timeframe}: expected legs that are decided from {Format.Time(from)} on "
                    + $"and end by {(testTo is { } to ? Format.Time(to) : "the end of the candles")}, got none");
            LegFiles.WriteLegs(Path.Combine(folder, "legs", of.Base, $"{of.Timeframe}.csv"), legs);
            return LegScores.Of(legs, model.Metadata.GetValueOrDefault("majority") != "DOWN", seed);
        }, scores => $"{Format.Percent(scores.Accuracy)} of {Format.Count(scores.Legs)} legs right", json);

        string path = Path.Combine(folder, "evaluation.json");
        LegFiles.WriteJson(path, writer => JsonScores.Each(writer, "results", candles.Zip(all), result =>
        {
            writer.WriteString("pair", result.First.Base);
            writer.WriteString("timeframe", result.First.Timeframe.ToString());
            result.Second.Write(writer);
        }));
        if (json)
        {
            session.Out.Write(File.ReadAllText(path));
            session.Out.WriteLine();
            return;
        }
        session.Out.Write(LegScores.Table(candles.Zip(all, (of, scores) => (of.Base, of.Timeframe.ToString(), scores))).ToPlainText());
        session.Out.WriteLine("rule: beyond if the leg had passed the last turning point of its side; walk: what a random walk would do "
            + "from there");
        session.Out.WriteLine($"Evaluation: {path}");
    }

    /// <summary>Shows what each model says of the leg that runs.</summary>
    public void Predict(bool json)
    {
        RunningLeg?[] legs = Each("predict", (of, _) => LegPipeline.Running(Load(of).Predictor, of, session.Cancellation),
            leg => leg is null ? "no leg to speak of" : $"{ScoredLeg.Name(leg.Expected)} expected", json);
        if (json) session.Out.WriteLine(Render(legs));
        else session.Out.Write(Table(legs).ToPlainText());
    }

    TextTable Table(RunningLeg?[] legs)
    {
        var table = new TextTable("<pair", "<timeframe", "<leg", "<decided at", "last of its side", "beyond", "<expected",
            "<passed by now");
        foreach ((Candles of, RunningLeg? leg) in candles.Zip(legs))
            if (leg is null) table.Add(of.Base, of.Timeframe.ToString(), "none", "", "", "", "", "");
            else
                table.Add(of.Base, of.Timeframe.ToString(), leg.Side > 0 ? "up" : "down", Format.Iso(leg.DecidedAt),
                    Format.Price(leg.Previous), Format.Percent(leg.Probability), ScoredLeg.Name(leg.Expected), leg.Passed ? "yes" : "no");
        return table;
    }

    string Render(RunningLeg?[] legs)
    {
        using var stream = new MemoryStream();
        JsonText.WriteObject(stream, json => JsonScores.Each(json, "legs", candles.Zip(legs), result =>
        {
            json.WriteString("pair", result.First.Base);
            json.WriteString("timeframe", result.First.Timeframe.ToString());
            if (result.Second is not { } leg)
            {
                json.WriteNull("side");
                return;
            }
            json.WriteString("side", leg.Side > 0 ? "up" : "down");
            json.WriteString("decided_at", Format.Iso(leg.DecidedAt));
            json.WriteNumber("last_of_its_side", leg.Previous);
            json.WriteNumber("p_beyond", leg.Probability);
            json.WriteString("expected", ScoredLeg.Name(leg.Expected));
            json.WriteBoolean("passed_by_now", leg.Passed);
        }));
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    string Place(Candles of) => Path.Combine(folder, "v2_model", of.Base, of.Timeframe.ToString());

    TrainedModel Load(Candles of)
    {
        TrainedModel model = TrainedModel.Load(Place(of));
        return model.Predictor.Model is ZigZagModel && Timeframe.Parse(model.Timeframe) == of.Timeframe ? model
            : throw new InvalidDataException(
                $"{model.Folder}: expected a zigzag of {of.Timeframe}, got {model.Predictor.Model.Name} of {model.Timeframe}");
    }

    /// <summary>
    /// Does the same for every pair and timeframe, each by itself on one thread, so that results do not depend on how many run at once.
    /// Where some fail, the others are finished, and the first failure is the one that is told.
    /// </summary>
    T[] Each<T>(string step, Func<Candles, Action<Epoch>, T> work, Func<T, string> say, bool json = false)
    {
        var results = new T[candles.Count];
        var errors = new Exception?[candles.Count];
        var several = new ParallelOptions { MaxDegreeOfParallelism = threads };
        int finished = 0;
        ProgressView.Show(session, $"zigzag {step}", show => Parallel.For(0, results.Length, several, i =>
        {
            string job = $"{step} {candles[i].Base} {candles[i].Timeframe}";
            try
            {
                session.Cancellation.ThrowIfCancellationRequested();
                if (results.Length > 1) Say(0, job);
                results[i] = work(candles[i], epoch => Say(epoch.Number, FormattableString.Invariant($"{job}: epoch {epoch.Number}")));
                Say(-1, $"{job}: {say(results[i])}");
            }
            catch (Exception e)
            {
                errors[i] = e;
            }

            void Say(int epoch, string message)
            {
                lock (errors)
                {
                    if (epoch == -1) finished++;
                    show(new BacktestProgress(job, epoch, finished, results.Length, (double)finished / results.Length, message));
                }
            }
        }), json);
        session.Cancellation.ThrowIfCancellationRequested();
        if (errors.FirstOrDefault(e => e is not null) is { } first) ExceptionDispatchInfo.Throw(first);
        return results;
    }
}
