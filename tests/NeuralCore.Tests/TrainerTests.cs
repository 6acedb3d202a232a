using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public class TrainerTests
{
    const int I = 4;

    /// <summary>
    /// Class 1 where the first input is positive; with <paramref name="noise"/> each label is turned with that probability.
    /// </summary>
    static ArraySamples Samples(int rows, ulong stream, double noise = 0)
    {
        float[] inputs = Draw.Floats(rows * I, stream), targets = new float[rows];
        var random = new CounterRandom(5, stream);
        for (int row = 0; row < rows; row++) targets[row] = inputs[row * I] > 0 != random.NextDouble() < noise ? 1 : 0;
        return new ArraySamples(inputs, new Shape(I), targets);
    }

    static Model Network(ulong seed = 1) => new(new Sequential(new Dense(I, 16), Activation.Tanh(), new Dense(16, 2)), seed);

    static Trainer Trainer(Model model, TrainerOptions options) => new(model, new CrossEntropy(), new Adam(0.02f), options);

    /// <summary>Samples whose first input is <paramref name="value"/> from the given batch on, counted over all epochs.</summary>
    sealed class Spoiled(ISamples inner, int from, float value) : ISamples
    {
        int calls;

        public int Count => inner.Count;

        public Shape InputShape => inner.InputShape;

        public int TargetColumns => inner.TargetColumns;

        public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
        {
            inner.Copy(rows, inputs, targets);
            if (!inputs.IsEmpty && ++calls >= from) inputs[0] = value;
        }
    }

    [Fact]
    public void EarlyStoppingRestoresTheWeightsOfTheBestEpoch()
    {
        Model model = Network();
        ArraySamples training = Samples(60, 1, noise: 0.4), validation = Samples(200, 2, noise: 0.2);
        List<float[]> weights = [];
        Trainer trainer = Trainer(model, new TrainerOptions { Epochs = 200, BatchSize = 16 });
        History history = trainer.Fit(training, validation, [new EarlyStopping(4, restoreBest: true)], _ => weights.Add([.. model.Values]));

        double[] losses = [.. history.Epochs.Select(e => e.ValidationLoss)];
        Assert.Equal(Array.IndexOf(losses, losses.Min()) + 1, history.BestEpoch);
        Assert.Equal(history.BestEpoch + 4, history.Epochs.Count);
        Assert.Equal(Enumerable.Range(1, history.Epochs.Count), history.Epochs.Select(e => e.Number));
        Draw.SameBits(weights[history.BestEpoch - 1], model.Values, "weights of the best epoch");
        Assert.NotEqual(weights[^1], model.Values.ToArray());
        Assert.Equal(losses.Min(), trainer.Evaluate(validation));
    }

    [Fact]
    public void WithoutValidationAllEpochsRunAndTheLastIsKept()
    {
        foreach (ISamples? validation in (ISamples?[])[null, new ArraySamples([], new Shape(I), [])])
        {
            Model model = Network();
            float[] last = [];
            History history = Trainer(model, new TrainerOptions { Epochs = 7 })
                .Fit(Samples(50, 1), validation, [new EarlyStopping(1, restoreBest: true)], _ => last = [.. model.Values]);
            Assert.Equal(7, history.Epochs.Count);
            Assert.Equal(7, history.BestEpoch);
            Assert.All(history.Epochs, e => Assert.True(double.IsNaN(e.ValidationLoss)));
            Assert.True(history.Epochs[^1].TrainingLoss < history.Epochs[0].TrainingLoss);
            Draw.SameBits(last, model.Values, "weights of the last epoch");
        }
    }

    [Fact]
    public void TheLearningRateIsAFunctionOfTheEpochAndStays()
    {
        var optimizer = new Sgd(0.5f);
        History history = new Trainer(Network(), new CrossEntropy(), optimizer, new TrainerOptions { Epochs = 3 })
            .Fit(Samples(40, 1), callbacks: [new LearningRateScheduler((epoch, rate) => epoch == 1 ? rate : rate * 0.5f)]);
        Assert.Equal([0.5f, 0.25f, 0.125f], history.Epochs.Select(e => e.LearningRate));
        Assert.Equal(0.125f, optimizer.LearningRate);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ALossThatIsNotFiniteNamesEpochAndBatchAndKeepsTheLastGoodWeights(float value)
    {
        var model = new Model(new Dense(I, 1), 1);
        float[] good = [];
        // 50 rows in batches of 10: the eighth copy is the third batch of the second epoch.
        var training = new Spoiled(Samples(50, 1), 8, value);
        var trainer = new Trainer(model, new Mse(), new Sgd(0.01f), new TrainerOptions { BatchSize = 10 });
        var error = Assert.Throws<TrainingException>(() => trainer.Fit(training,
            callbacks: [new Watch(c => good = c.Problem is null ? [.. model.Values] : good)]));
        Assert.Contains("in epoch 2, batch 3;", error.Message, StringComparison.Ordinal);
        Draw.SameBits(good, model.Values, "weights after the batch before");
    }

    [Fact]
    public void AValidationLossThatIsNotFiniteNamesTheEpoch()
    {
        Model model = Network();
        List<(double Loss, float[] Weights)> epochs = [];
        var error = Assert.Throws<TrainingException>(() => Trainer(model, new TrainerOptions())
            .Fit(Samples(50, 1), new Spoiled(Samples(20, 2), 3, float.NaN), [new EarlyStopping(5, restoreBest: true)],
                e => epochs.Add((e.ValidationLoss, [.. model.Values]))));
        Assert.Contains("the validation loss is NaN after epoch 3;", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, epochs.Count);
        Draw.SameBits(epochs.MinBy(e => e.Loss).Weights, model.Values, "weights of the best epoch");
    }

    /// <summary>Looks on after each step.</summary>
    sealed class Watch(Action<TrainingContext> look) : Callback
    {
        public override void OnBatchEnd(TrainingContext context) => look(context);
    }

    /// <summary>A finite loss with an infinite gradient.</summary>
    sealed class Exploding : Loss
    {
        public override double Weight(Tensor target) => target.Rows;

        public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
        {
            dY.Span.Fill(float.PositiveInfinity);
            return 1;
        }
    }

    [Fact]
    public void AGradientThatIsNotFiniteIsNoStep()
    {
        var model = new Model(new Dense(I, 1), 1);
        float[] before = [.. model.Values];
        var trainer = new Trainer(model, new Exploding(), new Sgd(0.1f), new TrainerOptions { Epochs = 1, BatchSize = 100 });
        var error = Assert.Throws<TrainingException>(() => trainer.Fit(Samples(30, 1)));
        Assert.Contains("a gradient is not finite in epoch 1, batch 1;", error.Message, StringComparison.Ordinal);
        Draw.SameBits(before, model.Values, "weights before training");
    }

    [Fact]
    public void CancellingKeepsTheWeightsSoFar()
    {
        Model model = Network();
        using var source = new CancellationTokenSource();
        List<float[]> weights = [];
        var optimizer = new Sgd(0.1f);
        var trainer = new Trainer(model, new CrossEntropy(), optimizer, new TrainerOptions());
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(Samples(100, 1), progress: epoch =>
        {
            weights.Add([.. model.Values]);
            if (epoch.Number == 2) source.Cancel();
        }, cancellation: source.Token));
        Assert.Equal(2, weights.Count);
        Draw.SameBits(weights[1], model.Values, "weights of the second epoch");
        Assert.Equal(0.1f, optimizer.LearningRate);
        Assert.Throws<OperationCanceledException>(() => trainer.Evaluate(Samples(10, 1), source.Token));
    }

    [Fact]
    public void AnExceptionOfTheProgressReportLeavesThatEpochsWeights()
    {
        Model model = Network();
        float[] seen = [];
        Assert.Throws<TimeoutException>(() => Trainer(model, new TrainerOptions()).Fit(Samples(40, 1), progress: _ =>
        {
            seen = [.. model.Values];
            throw new TimeoutException();
        }));
        Draw.SameBits(seen, model.Values, "weights of the first epoch");
    }

    [Fact]
    public void TheSeedDecidesTheOrderAndNothingElseDoes()
    {
        float[] Weights(ulong seed, int batch = 16)
        {
            Model model = Network();
            Trainer(model, new TrainerOptions { Epochs = 2, BatchSize = batch, Seed = seed }).Fit(Samples(50, 1));
            return [.. model.Values];
        }
        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
        Assert.Equal(Weights(1, batch: 50), Weights(1, batch: 1000));
    }

    /// <summary>Passes of so many steps and epochs of fewer are one training: the same rows in the same order.</summary>
    [Fact]
    public void AnEpochOfFewerStepsGoesOnInThePass()
        => Prop.ForAll(Gen.Choose(1, 60).Three().ToArbitrary(), drawn =>
        {
            (int rows, int batch, int steps) = drawn;
            int pass = (rows + batch - 1) / batch;
            steps = (steps - 1) % pass + 1;
            Model passes = Network(), fewer = Network();
            Trainer(passes, new TrainerOptions { Epochs = steps, BatchSize = batch, Seed = 5 }).Fit(Samples(rows, 1));
            int taken = 0;
            History history = Trainer(fewer, new TrainerOptions { Epochs = pass, StepsPerEpoch = steps, BatchSize = batch, Seed = 5 })
                .Fit(Samples(rows, 1), callbacks: [new Watch(c => Assert.Equal((++taken, steps), (c.Steps, c.Batches)))]);
            Draw.SameBits(passes.Values, fewer.Values, $"weights of {rows} rows, batch {batch}, {steps} steps");
            Assert.Equal((pass, pass * steps), (history.Epochs.Count, taken));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void AnEpochHasNoMoreStepsThanAPass(int steps)
    {
        Model model = Network(), expected = Network();
        History history = Trainer(model, new TrainerOptions { Epochs = 2, BatchSize = 16, StepsPerEpoch = steps }).Fit(Samples(50, 1));
        Assert.Equal(Trainer(expected, new TrainerOptions { Epochs = 2, BatchSize = 16 }).Fit(Samples(50, 1)).ToJson(), history.ToJson());
        Draw.SameBits(expected.Values, model.Values, "weights");
    }

    [Fact]
    public void OneRowAndAModelWithoutParametersCanBeTrained()
    {
        Model model = Network();
        History one = Trainer(model, new TrainerOptions { Epochs = 30 }).Fit(Samples(1, 1), Samples(1, 1));
        Assert.True(one.Epochs[^1].TrainingLoss < one.Epochs[0].TrainingLoss);
        var nothing = new Model(new Sequential(Activation.Tanh()), 1);
        Assert.Equal(2, Trainer(nothing, new TrainerOptions { Epochs = 2 }).Fit(Samples(5, 1)).Epochs.Count);
    }

    /// <summary>A step on 70 rows, three shards, moves the weights by the gradient of the mean over all rows.</summary>
    [Fact]
    public void ABatchOfSeveralShardsIsOneMean()
    {
        var loss = new CrossEntropy([1f, 3f]);
        Model model = Network(), twin = Network();
        ArraySamples samples = Samples(70, 1);
        int[] rows = [.. Enumerable.Range(0, 70)];
        var trainer = new Trainer(model, loss, new Sgd(1f), new TrainerOptions { BatchSize = 70 });
        (double sum, double weight) = trainer.Step(samples, rows, 1);

        var x = new Tensor(70, I);
        var target = new Tensor(70, 1);
        samples.Copy(rows, x.Span, target.Span);
        Tape tape = twin.Tape();
        tape.Begin(training: true);
        Tensor y = twin.Root.Forward(x, tape), dY = tape.Tensor(y.Shape);
        Assert.Equal(loss.Weight(target), weight);
        Assert.Equal(loss.Sum(y, target, 1 / weight, dY), sum, 1e-12 * weight);
        twin.Root.Backward(dY, tape);
        for (int i = 0; i < model.Count; i++) Assert.Equal(twin.Values[i] - tape.Gradients[i], model.Values[i], 1e-6);
        Assert.NotEqual(twin.Values.ToArray(), model.Values.ToArray());
    }

    [Fact]
    public void EvaluateIsTheWeightedMeanOverAllRows()
    {
        var loss = new CrossEntropy([1f, 3f]);
        Model model = Network();
        ArraySamples samples = Samples(45, 1);
        var x = new Tensor(45, I);
        var target = new Tensor(45, 1);
        samples.Copy([.. Enumerable.Range(0, 45)], x.Span, target.Span);
        double expected = loss.Sum(model.Predict(x, model.Tape()), target, 0, default) / loss.Weight(target);
        Assert.Equal(expected, new Trainer(model, loss, new Sgd(1f), new TrainerOptions()).Evaluate(samples), 1e-12);
    }

    [Fact]
    public void ClippingBoundsTheStep()
    {
        Model Stepped(TrainerOptions options)
        {
            Model model = Network();
            new Trainer(model, new CrossEntropy(), new Sgd(1f), options).Step(Samples(20, 1), [.. Enumerable.Range(0, 20)], 1);
            return model;
        }
        float[] start = [.. Network().Values];
        float[] Moves(TrainerOptions options) => [.. Stepped(options).Values.ToArray().Zip(start, (a, b) => a - b)];
        float[] free = Moves(new TrainerOptions()), byValue = Moves(new TrainerOptions { ClipValue = 1e-3f }),
            byNorm = Moves(new TrainerOptions { ClipNorm = 1e-2f });
        for (int i = 0; i < free.Length; i++) Assert.Equal(Math.Clamp(free[i], -1e-3f, 1e-3f), byValue[i], 1e-6);
        Assert.Equal(1e-2, Math.Sqrt(byNorm.Sum(m => (double)m * m)), 1e-5);
        Assert.True(Math.Sqrt(free.Sum(m => (double)m * m)) > 0.1);
        float[] byMax = Moves(new TrainerOptions { ClipNorm = 1e-2f, ClipNormType = double.PositiveInfinity });
        Assert.Equal(1e-2, byMax.Max(Math.Abs), 1e-5);
        float[] each = Moves(new TrainerOptions { ClipParameterNorm = 1e-3f });
        foreach (Parameter p in Network().Parameters)
            Assert.Equal(1e-3, Math.Sqrt(each.Skip(p.Start).Take(p.Shape.Count).Sum(m => (double)m * m)), 1e-6);
    }

    [Fact]
    public void ABatchWhoseRowsWeighNothingMovesNothing()
    {
        Model model = Network();
        float[] before = [.. model.Values];
        var samples = new ArraySamples(Draw.Floats(3 * I, 1), new Shape(I), [0, 0, 0]);
        var trainer = new Trainer(model, new CrossEntropy([0f, 1f]), new Sgd(1f), new TrainerOptions());
        Assert.Equal((0, 0), trainer.Step(samples, [0, 1, 2], 1));
        Draw.SameBits(before, model.Values, "weights");
    }

    /// <summary>A mean over nothing is NaN everywhere, and no reason to end.</summary>
    [Fact]
    public void RowsThatWeighNothingHaveNoLoss()
    {
        ArraySamples none = new(Draw.Floats(10 * I, 1), new Shape(I), new float[10], weights: new float[10]), some = Samples(50, 1);
        var ignored = new ArraySamples(Draw.Floats(10 * I, 1), new Shape(I), [.. Enumerable.Repeat(-100f, 10)]);
        foreach (ISamples validation in (ISamples[])[none, ignored])
        {
            Model model = Network(), twin = Network();
            History history = Trainer(model, new TrainerOptions { Epochs = 3 })
                .Fit(some, validation, [new EarlyStopping(1, restoreBest: true), new TerminateOnNaN()]);
            Trainer(twin, new TrainerOptions { Epochs = 3 }).Fit(some);
            Assert.Equal((3, null), (history.Epochs.Count, history.StopReason));
            Assert.All(history.Epochs, e => Assert.True(double.IsNaN(e.ValidationLoss)));
            Assert.Equal(3, history.BestEpoch);
            Draw.SameBits(twin.Values, model.Values, "weights");
        }
        History trained = Trainer(Network(), new TrainerOptions { Epochs = 2 })
            .Fit(none, callbacks: [new Watch(c => Assert.True(double.IsNaN(c.BatchLoss) && c.Problem is null))]);
        Assert.Equal([double.NaN, double.NaN], trained.Epochs.Select(e => e.TrainingLoss));
    }

    [Fact]
    public void TheStepsOfAWarmEpochAllocateNothing()
    {
        const int Batches = 40;
        var bytes = new long[5 * Batches];
        void Count(TrainingContext c) => bytes[c.Steps - 1] = GC.GetAllocatedBytesForCurrentThread();
        Trainer(Network(), new TrainerOptions { Epochs = 5, BatchSize = 10 })
            .Fit(Samples(10 * Batches, 1),
                callbacks: [new TerminateOnNaN(), new LearningRateSchedule(Schedules.Constant(0.5, 3), perBatch: true), new Watch(Count)]);
        // Steps that allocate do so in every epoch; the runtime itself may once, see Allocation.
        Assert.Contains((int[])[2, 3, 4], epoch => bytes[epoch * Batches] == bytes[(epoch + 1) * Batches - 1]);
    }

    [Fact]
    public void AWarmTrainingStepAllocatesNothing()
    {
        var model = new Model(new Sequential(new Lstm(I, 17, lastStep: true), new Dropout(0.2f),
            new Concat(new Dense(17, 3), new Dense(17, 1))), 1);
        var loss = new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Mse(), 1, 1, 0.1f));
        var samples = new ArraySamples(Draw.Floats(80 * 6 * I, 1), new Shape(6, I), [.. Enumerable.Range(0, 160).Select(i => i % 2f)],
            targetColumns: 2, weights: [.. Enumerable.Range(0, 80).Select(i => 1f + i)]);
        var trainer = new Trainer(model, loss, new Adam(),
            new TrainerOptions { BatchSize = 40, AccumulatedBatches = 2, ClipNorm = 1, ClipParameterNorm = 1, ClipValue = 5 });
        int[] rows = [.. Enumerable.Range(0, 80)];
        void Steps(int count)
        {
            for (int i = 0; i < count; i++) trainer.Step(samples, rows, (ulong)i);
        }
        Steps(40);
        Assert.Equal(0, Allocation.Of(() => Steps(10)));
    }

    public static TheoryData<string, TrainerOptions> WrongOptions => new()
    {
        { "TrainerOptions: expected Epochs to be at least 0, got -1", new TrainerOptions { Epochs = -1 } },
        { "TrainerOptions: expected StepsPerEpoch to be at least 0, got -1", new TrainerOptions { StepsPerEpoch = -1 } },
        { "TrainerOptions: expected BatchSize to be at least 1, got 0", new TrainerOptions { BatchSize = 0 } },
        { "TrainerOptions: expected AccumulatedBatches to be at least 1, and its product with BatchSize under 2³¹, got 0",
            new TrainerOptions { AccumulatedBatches = 0 } },
        { "TrainerOptions: expected EveryBatches to be at least 0, got -1",
            new TrainerOptions { Checkpoint = new("x", EveryBatches: -1) } },
        { "TrainerOptions: expected ClipValue to be a limit over 0, got NaN", new TrainerOptions { ClipValue = float.NaN } },
        { "TrainerOptions: expected ClipParameterNorm to be a limit over 0, got 0", new TrainerOptions { ClipParameterNorm = 0 } },
        { "TrainerOptions: expected ClipNormType to be over 0, got 0", new TrainerOptions { ClipNormType = 0 } },
        { "TrainerOptions: expected ClipNorm to be a limit over 0, got -1", new TrainerOptions { ClipNorm = -1 } },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void OptionsOutOfRangeAreRefused(string message, TrainerOptions options)
        => Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(Network(), options)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void NoTrainingRowsAndMissingPartsAreRefused()
    {
        Trainer trainer = Trainer(Network(), new TrainerOptions());
        Assert.Equal("Trainer: expected training rows, got none",
            Assert.Throws<ArgumentException>(() => trainer.Fit(new ArraySamples([], new Shape(I), []))).Message);
        Assert.True(double.IsNaN(trainer.Evaluate(new ArraySamples([], new Shape(I), []))));
        Assert.Throws<ArgumentNullException>(() => new Trainer(Network(), null!, new Adam(), new TrainerOptions()));
        Assert.Throws<ArgumentNullException>(() => new Trainer(Network(), new Mse(), null!, new TrainerOptions()));
    }
}
