using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

/// <summary>Callbacks beside the behaviour that Keras documents, and in a training that is too small to take time.</summary>
public sealed class CallbackTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("neuralcore-callbacks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Model Network() => new(new Dense(2, 1), seed: 1);

    static ArraySamples Samples(int rows = 6) => new(Draw.Floats(rows * 2, 1), new Shape(2), Draw.Floats(rows, 2));

    static History Fit(int epochs, params Callback[] callbacks) => Fit(Network(), new Sgd(0.01f), epochs, callbacks);

    static History Fit(Model model, Optimizer optimizer, int epochs, params Callback[] callbacks)
        => new Trainer(model, new Mse(), optimizer, new TrainerOptions { Epochs = epochs, BatchSize = 2 })
            .Fit(Samples(), Samples(4), callbacks);

    /// <summary>Says when it is called, and runs an action then.</summary>
    sealed class Record(List<string> log, Action<string, TrainingContext>? action = null) : Callback
    {
        public override void OnTrainBegin(TrainingContext context) => Log("train begin", context);

        public override void OnEpochBegin(TrainingContext context) => Log("epoch begin", context);

        public override void OnBatchEnd(TrainingContext context) => Log("batch end", context);

        public override void OnEpochEnd(TrainingContext context) => Log("epoch end", context);

        public override void OnTrainEnd(TrainingContext context) => Log("train end", context);

        void Log(string moment, TrainingContext c)
        {
            log.Add($"{moment} {c.Epoch}.{c.Batch}");
            action?.Invoke(moment, c);
        }
    }

    [Fact]
    public void MomentsComeInOrderAndTheContextKnowsTheLosses()
    {
        List<string> log = [];
        var losses = new List<double>();
        History history = Fit(2, new Record(log, (moment, c) =>
        {
            if (moment == "batch end") losses.Add(c.BatchLoss);
            if (moment == "batch end") Assert.Equal(losses.Skip(3 * (c.Epoch - 1)).Average(), c.TrainingLoss, 1e-12);
            Assert.Equal(3, c.Batches);
            Assert.Equal(moment == "epoch end" ? c.Epoch : Math.Max(0, c.Epoch - (moment == "train end" ? 0 : 1)), c.Epochs.Count);
            Assert.Equal(log.Count(l => l.StartsWith("batch end", StringComparison.Ordinal)), c.Steps);
        }));
        Assert.Equal(["train begin 0.0", "epoch begin 1.0", "batch end 1.1", "batch end 1.2", "batch end 1.3", "epoch end 1.3",
            "epoch begin 2.0", "batch end 2.1", "batch end 2.2", "batch end 2.3", "epoch end 2.3", "train end 2.3"], log);
        Assert.Equal(losses.Take(3).Average(), history.Epochs[0].TrainingLoss, 1e-12);
        Assert.Null(history.StopReason);
    }

    [Theory]
    [InlineData("epoch begin", 2, 0, 1)]     // the epoch's first step is still taken
    [InlineData("batch end", 2, 1, 1)]
    [InlineData("batch end", 2, 3, 2)]       // the epoch is whole
    [InlineData("epoch end", 2, 3, 2)]
    [InlineData("train begin", 0, 0, 0)]
    public void StopEndsTrainingAndOnlyWholeEpochsCount(string at, int epoch, int batch, int epochs)
    {
        List<string> log = [];
        History history = Fit(5,
            new Record(log, (moment, c) => { if (moment == at && c.Epoch == epoch && c.Batch == batch) c.Stop("enough"); }));
        Assert.Equal("enough", history.StopReason);
        Assert.Equal(epochs, history.Epochs.Count);
        Assert.StartsWith("train end", log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void TrainEndComesAfterAnException()
    {
        List<string> log = [];
        Assert.Throws<TimeoutException>(() => Fit(2,
            new Record(log, (moment, _) => { if (moment == "batch end") throw new TimeoutException(); })));
        Assert.Equal("train end 1.1", log[^1]);
    }

    [Fact]
    public void TrainEndIsForThoseThatBegan()
    {
        List<string> first = [], second = [], third = [];
        Assert.Throws<TimeoutException>(() => Fit(2, new Record(first), new Record(second, (_, _) => throw new TimeoutException()),
            new Record(third)));
        Assert.Equal(["train begin 0.0", "train end 0.0"], first);
        Assert.Equal(["train begin 0.0"], second);
        Assert.Empty(third);
    }

    /// <summary>Keras's rule, written down from its documentation: epochs counted from 0, the last one if none stops.</summary>
    static (int Stopped, int Best) KerasEarlyStopping(double[] losses, int patience, double minDelta, int startFromEpoch)
    {
        (double best, int bestEpoch, int wait) = (double.PositiveInfinity, -1, 0);
        for (int epoch = startFromEpoch; epoch < losses.Length; epoch++)
        {
            wait++;
            if (losses[epoch] + minDelta < best) (best, bestEpoch, wait) = (losses[epoch], epoch, 0);
            else if (wait >= patience && epoch > 0) return (epoch, bestEpoch);
        }
        return (losses.Length - 1, bestEpoch);
    }

    [Fact]
    public void EarlyStoppingStopsWhereKerasDoes()
    {
        var cases = from losses in Gen.Choose(0, 20).Select(n => n / 10.0).ArrayOf(12)
                    from patience in Gen.Choose(0, 4)
                    from delta in Gen.Choose(0, 3)
                    from start in Gen.Choose(0, 3)
                    select (losses, patience, delta / 20.0, start);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (double[] losses, int patience, double minDelta, int start) = c;
            (int stopped, int best) = KerasEarlyStopping(losses, patience, minDelta, start);
            Model model = Network();
            List<float[]> weights = [];
            var stopping = new EarlyStopping(patience, minDelta, restoreBest: true, e => losses[e.Number - 1], startFromEpoch: start + 1);
            History history = new Trainer(model, new Mse(), new Sgd(0.01f), new TrainerOptions { Epochs = losses.Length, BatchSize = 2 })
                .Fit(Samples(), callbacks: [stopping], progress: _ => weights.Add([.. model.Values]));
            return history.Epochs.Count == stopped + 1 && stopping.BestEpoch == best + 1
                && stopping.StoppedEpoch == (history.StopReason is null ? 0 : stopped + 1) && model.Values.SequenceEqual(weights[best]);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void EarlyStoppingKeepsTheLastWeightsUnlessAskedAndSaysWhy()
    {
        double[] losses = [3, 1, 2, 2, 2];
        Model model = Network();
        List<float[]> weights = [];
        History history = Fit(model, new Sgd(0.01f), 5, new EarlyStopping(2, monitor: e => losses[e.Number - 1]),
            new Record([], (moment, _) =>
        {
            if (moment == "epoch end") weights.Add([.. model.Values]);
        }));
        Assert.Equal("no better epoch than 2 in 2 epochs", history.StopReason);
        Draw.SameBits(weights[3], model.Values, "weights of the last epoch");
        Assert.Throws<ArgumentOutOfRangeException>(() => new EarlyStopping(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EarlyStopping(1, minDelta: double.NaN));
    }

    [Fact]
    public void TerminateOnNaNEndsWithTheReasonAndFiniteWeights()
    {
        float[] inputs = Draw.Floats(12, 1);
        inputs[7] = float.NaN;                                // row 3
        Model model = Network();
        List<float[]> weights = [[.. model.State]];
        History history = new Trainer(model, new Mse(), new Sgd(0.01f), new TrainerOptions { Epochs = 3, BatchSize = 2 }).Fit(
            new ArraySamples(inputs, new Shape(2), Draw.Floats(6, 2)),
            callbacks: [new TerminateOnNaN(),
                new Record([],
                    (moment, c) => { if (moment == "batch end" && double.IsFinite(c.BatchLoss)) weights.Add([.. model.State]); })]);
        Assert.Matches("^the loss is NaN in epoch 1, batch [123]$", history.StopReason);
        Assert.Empty(history.Epochs);
        Draw.SameBits(weights[^1], model.State, "weights before the bad batch");
    }

    [Fact]
    public void TerminateOnNaNEndsOnAValidationLossThatIsNotFinite()
    {
        var validation = new ArraySamples([float.PositiveInfinity, 0], new Shape(2), [0]);
        var trainer = new Trainer(Network(), new Mse(), new Sgd(0.01f), new TrainerOptions { Epochs = 3 });
        History history = trainer.Fit(Samples(), validation, [new TerminateOnNaN()]);
        Assert.Matches("^the validation loss is (∞|Infinity) after epoch 1$", history.StopReason);
        Assert.Single(history.Epochs);
    }

    [Fact]
    public void ModelCheckpointKeepsTheBestAndTheLast()
    {
        double[] losses = [3, 1, 2, 5, 4, 0.5];
        string pattern = Path.Combine(folder, "sub", "model-{epoch}.safetensors");
        List<float[]> weights = [];
        string[] kept = [];
        Model model = Network();
        var checkpoint = new ModelCheckpoint(pattern, keepLast: 2, monitor: e => losses[e.Number - 1]);
        string[] expected = ["1", "1 2", "2 3", "2 3 4", "2 4 5", "5 6"];
        Fit(model, new Sgd(0.01f), 6, checkpoint, new Record([], (moment, c) =>
        {
            if (moment != "epoch end") return;
            weights.Add([.. model.Values]);
            kept = [.. Directory.GetFiles(Path.Combine(folder, "sub")).Order(StringComparer.Ordinal)];
            Assert.Equal(expected[c.Epoch - 1].Split(' ').Select(e => checkpoint.PathOf(int.Parse(e, CultureInfo.InvariantCulture))), kept);
        }));
        foreach (int epoch in (int[])[5, 6])
        {
            Model loaded = Network();
            loaded.Load(checkpoint.PathOf(epoch));
            Draw.SameBits(weights[epoch - 1], loaded.Values, $"weights of epoch {epoch}");
        }
    }

    [Fact]
    public void WhatAKilledProcessLeftIsClearedAwayWhenTrainingBegins()
    {
        string At(string name) => Path.Combine(folder, name);
        string id = Guid.NewGuid().ToString("N"), csv = At("history.csv");
        string[] left = [At($"m+12.safetensors.{id}.tmp"), At($"m+3.safetensors.{id}.tmp"), csv + ".tmp"];
        string[] others = [At($"m+.safetensors.{id}.tmp"), At($"m+x.safetensors.{id}.tmp"), At($"mm12.safetensors.{id}.tmp"),
            At("m+12.safetensors.tmp"), At($"m+12.safetensors.{id}.tmp2")];
        foreach (string path in (string[])[.. left, .. others]) File.WriteAllText(path, "half");
        Callback[] callbacks = [new ModelCheckpoint(At("m+{epoch}.safetensors")), new CsvLogger(csv)];
        new Trainer(Network(), new Mse(), new Sgd(0.01f), new TrainerOptions { Epochs = 0 }).Fit(Samples(), callbacks: callbacks);
        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ModelCheckpointOfOneNameHoldsTheBest()
    {
        double[] losses = [3, 1, 2];
        string path = Path.Combine(folder, "best.safetensors");
        Model model = Network(), loaded = Network();
        List<float[]> weights = [];
        Fit(model, new Sgd(0.01f), 3, new ModelCheckpoint(path, keepLast: 0, monitor: e => losses[e.Number - 1]),
            new Record([], (moment, _) =>
        {
            if (moment == "epoch end") weights.Add([.. model.Values]);
        }));
        loaded.Load(path);
        Draw.SameBits(weights[1], loaded.Values, "weights of epoch 2");
        Assert.Throws<ArgumentException>(() => new ModelCheckpoint(path));
        Assert.Throws<ArgumentException>(() => new ModelCheckpoint(path, keepBest: false, keepLast: 0));
    }

    [Fact]
    public void TheCsvFileHasALineForEachEpochAndMayGrow()
    {
        string path = Path.Combine(folder, "log.csv");
        History first = Fit(2, new CsvLogger(path)), second = Fit(1, new CsvLogger(path, append: true));
        string[] lines = File.ReadAllLines(path);
        Assert.Equal("epoch,training_loss,validation_loss,learning_rate", lines[0]);
        Epoch[] epochs = [.. first.Epochs, .. second.Epochs];
        Assert.Equal(4, lines.Length);
        for (int i = 0; i < epochs.Length; i++)
        {
            double[] numbers = [.. lines[i + 1].Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            Assert.Equal([epochs[i].Number, epochs[i].TrainingLoss, epochs[i].ValidationLoss, 0.01], numbers);
        }
        new Trainer(Network(), new Mse(), new Sgd(0.01f), new TrainerOptions { Epochs = 1 })
            .Fit(Samples(), callbacks: [new CsvLogger(path)]);
        Assert.Matches(@"^1,[0-9.]+,,0\.01$", File.ReadAllLines(path)[1]);
        Assert.Equal(2, File.ReadAllLines(path).Length);
    }

    [Fact]
    public void ProgressWritesALineForEachEpochAndTheReason()
    {
        using var writer = new StringWriter();
        Fit(3, new ProgressLines(writer), new EarlyStopping(1, monitor: e => e.Number));
        string[] lines = writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^epoch 1/3: loss [0-9.]+, validation [0-9.]+, rate 0\.01$", lines[0]);
        Assert.Equal("stopped: no better epoch than 1 in 1 epochs", lines[2]);
    }

    [Fact]
    public void TheSchedulerIsCalledBeforeEachEpochWithTheRateBefore()
    {
        List<(int, float)> calls = [];
        History history = Fit(3, new LearningRateScheduler((epoch, rate) =>
        {
            calls.Add((epoch, rate));
            return rate / 2;
        }));
        Assert.Equal([(1, 0.01f), (2, 0.005f), (3, 0.0025f)], calls);
        Assert.Equal([0.005f, 0.0025f, 0.00125f], history.Epochs.Select(e => e.LearningRate));
        Assert.Throws<InvalidOperationException>(() => Fit(1, new LearningRateScheduler((_, _) => float.NaN)));
    }

    [Fact]
    public void ASchedulePerEpochIsInForceDuringItsEpoch()
    {
        History history = Fit(4, new LearningRateSchedule(Schedules.Step(2, 0.5)));
        Assert.Equal([0.01f, 0.01f, 0.005f, 0.005f], history.Epochs.Select(e => e.LearningRate));
    }

    [Fact]
    public void ASchedulePerBatchIsInForceDuringItsBatch()
    {
        List<float> rates = [];
        var optimizer = new Sgd(0.01f);
        History history = Fit(Network(), optimizer, 2,
            new Record([], (moment, c) => { if (moment == "batch end") rates.Add(c.Optimizer.LearningRate); }),
            new LearningRateSchedule(Schedules.Linear(0.5, 1, 4), perBatch: true));
        double[] expected = [0.005, 0.00625, 0.0075, 0.00875, 0.01, 0.01];
        Assert.Equal(expected.Length, rates.Count);
        for (int i = 0; i < rates.Count; i++) Assert.Equal(expected[i], rates[i], 1e-8);
        Assert.Equal([0.0075f, 0.01f], history.Epochs.Select(e => e.LearningRate));
    }

    /// <summary>Keras's rule, written down from its documentation: the rate after each epoch.</summary>
    static float[] KerasPlateau(double[] losses, float rate, double factor, int patience, double minDelta, int cooldown, double minRate)
    {
        (double best, int wait, int cooling) = (double.PositiveInfinity, 0, 0);
        List<float> rates = [];
        foreach (double loss in losses)
        {
            if (cooling > 0) (cooling, wait) = (cooling - 1, 0);
            if (loss < best - minDelta) (best, wait) = (loss, 0);
            else if (cooling == 0 && ++wait >= patience && rate > (float)minRate)
                (rate, cooling, wait) = ((float)Math.Max(rate * factor, minRate), cooldown, 0);
            rates.Add(rate);
        }
        return [.. rates];
    }

    [Fact]
    public void ThePlateauCutsWhereKerasDoes()
    {
        var cases = from losses in Gen.Choose(0, 20).Select(n => n / 10.0).ArrayOf(15)
                    from patience in Gen.Choose(0, 3)
                    from cooldown in Gen.Choose(0, 3)
                    from delta in Gen.Choose(0, 3)
                    from least in Gen.Choose(0, 3)
                    select (losses, patience, cooldown, delta / 20.0, least * 1e-3);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (double[] losses, int patience, int cooldown, double minDelta, double minRate) = c;
            List<float> rates = [];
            var optimizer = new Sgd(0.01f);
            new Trainer(Network(), new Mse(), optimizer, new TrainerOptions { Epochs = losses.Length }).Fit(Samples(2),
                callbacks: [new ReduceLROnPlateau(0.5, patience, minDelta, cooldown, minRate, e => losses[e.Number - 1])], progress: _
                    => rates.Add(optimizer.LearningRate));
            return rates.SequenceEqual(KerasPlateau(losses, 0.01f, 0.5, patience, minDelta, cooldown, minRate));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void WithoutValidationThePlateauDoesNothing()
    {
        var optimizer = new Sgd(0.01f);
        new Trainer(Network(), new Mse(), optimizer, new TrainerOptions { Epochs = 5 })
            .Fit(Samples(), callbacks: [new ReduceLROnPlateau(patience: 1, minDelta: 10)]);
        Assert.Equal(0.01f, optimizer.LearningRate);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(factor: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(patience: -1));
    }
}
