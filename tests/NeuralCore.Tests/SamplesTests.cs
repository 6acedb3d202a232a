namespace NeuralCore.Tests;

/// <summary>Rows with weights and lengths, gathered batches, and the split by time.</summary>
public class SamplesTests
{
    const int I = 3;

    static Model Network() => new(new Sequential(new Dense(I, 8), Activation.Tanh(), new Dense(8, 2)), seed: 1);

    static float[] Classes(int rows) => [.. Enumerable.Range(0, rows).Select(row => row % 3 == 0 ? 1f : 0f)];

    static ArraySamples Samples(int rows, float[]? weights = null)
        => new(Draw.Floats(rows * I, 1), new Shape(I), Classes(rows), weights: weights);

    static float[] Trained(ISamples samples, TrainerOptions options, Loss? loss = null)
    {
        Model model = Network();
        new Trainer(model, loss ?? new CrossEntropy(), new Sgd(0.1f), options).Fit(samples);
        return [.. model.Values];
    }

    [Fact]
    public void WeightsOfOneChangeNoBit()
    {
        var options = new TrainerOptions { Epochs = 2, BatchSize = 40 };
        Draw.SameBits(Trained(Samples(100), options), Trained(Samples(100, [.. Enumerable.Repeat(1f, 100)]), options), "weights");
    }

    /// <summary>Torch's weighted mean: Σ w·loss / Σ w, where a class weight multiplies the row's.</summary>
    [Fact]
    public void TheLossIsTheWeightedMean()
    {
        float[] weights = [.. Draw.Floats(50, 3).Select(Math.Abs)];
        Model model = Network();
        var loss = new CrossEntropy([1f, 2.5f]);
        ArraySamples samples = Samples(50, weights);
        Tape tape = model.Tape();
        double sum = 0, weight = 0;
        for (int row = 0; row < 50; row++)
        {
            Tensor x = new(1, I), t = new(1, 1);
            samples.Copy([row], x.Span, t.Span);
            sum += weights[row] * loss.Sum(model.Predict(x, tape), t, 0, default);
            weight += weights[row] * (t.Span[0] == 1 ? 2.5 : 1);
        }
        var trainer = new Trainer(model, loss, new Sgd(0.1f), new TrainerOptions { BatchSize = 50 });
        Assert.Equal(sum / weight, trainer.Evaluate(samples), 1e-9);
        (double stepSum, double stepWeight) = trainer.Step(samples, [.. Enumerable.Range(0, 50)], 1);
        Assert.Equal(sum, stepSum, 1e-6);
        Assert.Equal(weight, stepWeight, 1e-9);
    }

    [Fact]
    public void ARowOfWeightTwoIsTwoRowsAndOneOfWeightZeroIsNone()
    {
        int[] times = [.. Enumerable.Range(0, 30).Select(row => row % 3)],
            rows = [.. Enumerable.Range(0, 30).SelectMany(row => Enumerable.Repeat(row, times[row]))];
        ArraySamples all = Samples(30);
        float[] inputs = new float[rows.Length * I], targets = new float[rows.Length];
        all.Copy(rows, inputs, targets);
        var options = new TrainerOptions { Epochs = 1, BatchSize = 32 };
        float[] repeated = Trained(new ArraySamples(inputs, new Shape(I), targets), options),
            weighted = Trained(Samples(30, [.. times.Select(t => (float)t)]), options);
        for (int i = 0; i < repeated.Length; i++) Assert.Equal(repeated[i], weighted[i], 1e-6);
        Assert.NotEqual(Trained(all, options), weighted);
    }

    [Fact]
    public void ABatchOfRowsWithoutWeightMovesNothing()
        => Draw.SameBits(Network().Values, Trained(Samples(10, new float[10]), new TrainerOptions { Epochs = 2 }), "weights");

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void GatheredBatchesGiveTheBitsOfOneLargeBatch(int batch)
    {
        var loss = new CrossEntropy([1f, 3f]);
        float[] weights = [.. Draw.Floats(400, 5).Select(Math.Abs)];
        Assert.Equal(Trained(Samples(400, weights), new() { Epochs = 2, BatchSize = 3 * batch }, loss),
            Trained(Samples(400, weights), new() { Epochs = 2, BatchSize = batch, AccumulatedBatches = 3, Threads = 2 }, loss));
    }

    /// <summary>Batches whose size is not a multiple of 32 are cut where they end; the mean is still over all their rows.</summary>
    [Fact]
    public void GatheredBatchesAreOneMean()
    {
        float[] gathered = Trained(Samples(70), new() { Epochs = 1, BatchSize = 20, AccumulatedBatches = 10 }),
            whole = Trained(Samples(70), new() { Epochs = 1, BatchSize = 70 });
        for (int i = 0; i < whole.Length; i++) Assert.Equal(whole[i], gathered[i], 1e-6);
    }

    /// <summary>A layer that keeps what it was given and passes on the first values.</summary>
    sealed class Probe(List<(Shape Shape, int[] Lengths)> seen) : Layer
    {
        public override Shape OutputShape(Shape input) => new(input[0], 1);

        public override Tensor Forward(Tensor x, Tape tape)
        {
            seen.Add((x.Shape, x.Lengths.ToArray()));
            Tensor y = tape.Tensor(x.Shape[0], 1);
            for (int row = 0; row < y.Rows; row++) y.Row(row)[0] = x.Span[row * x.Count / x.Shape[0]];
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape) => default;
    }

    [Fact]
    public void LengthsTravelWithTheRows()
    {
        float[] inputs = new float[50 * 4 * 2];
        int[] lengths = [.. Enumerable.Range(0, 50).Select(row => row % 4 + 1)];
        for (int row = 0; row < 50; row++) inputs[row * 8] = row;
        var seen = new List<(Shape Shape, int[] Lengths)>();
        var samples = new ArraySamples(inputs, new Shape(4, 2), [.. Enumerable.Range(0, 50).Select(row => (float)row)], lengths: lengths);
        var trainer = new Trainer(new Model(new Probe(seen), 1), new Mse(), new Sgd(0.1f),
            new TrainerOptions { Epochs = 1, BatchSize = 50 });
        Assert.Equal(0, trainer.Fit(samples, samples).Epochs[0].ValidationLoss);
        Assert.Equal([32, 18, 32, 18], seen.Select(s => s.Lengths.Length));
        Assert.Equal(lengths, seen[2].Lengths.Concat(seen[3].Lengths));
        Assert.Equal(lengths.Order(), seen[0].Lengths.Concat(seen[1].Lengths).Order());
    }

    [Fact]
    public void RowsHaveOneToThreeAxes()
    {
        foreach (Shape one in (Shape[])[new Shape(6), new Shape(2, 3), new Shape(1, 2, 3)])
        {
            var seen = new List<(Shape Shape, int[] Lengths)>();
            new Trainer(new Model(new Probe(seen), 1), new Mse(), new Sgd(0.1f), new TrainerOptions())
                .Evaluate(new ArraySamples(new float[12], one, new float[2]));
            Assert.Equal(Enumerable.Range(0, one.Rank).Select(axis => one[axis]).Prepend(2), Enumerable.Range(0, seen[0].Shape.Rank)
                .Select(axis => seen[0].Shape[axis]));
        }
        var trainer = new Trainer(Network(), new Mse(), new Sgd(0.1f), new TrainerOptions());
        Assert.Contains("expected rows of one to three axes", Assert.Throws<ArgumentException>(
            () => trainer.Evaluate(new ArraySamples(new float[2], new Shape(1, 1, 1, 1), new float[2]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongWeightsAndLengthsAreRefused()
    {
        Refused("expected 2 weights, got 1", [1f], null);
        Refused("expected finite weights of at least 0, got -1", [1f, -1f], null);
        Refused("expected finite weights of at least 0, got NaN", [1f, float.NaN], null);
        Refused("expected 2 lengths, got 3", null, [1, 1, 1]);
        Refused("expected lengths from 1 to the steps of rows (time, ...), got 0", null, [1, 0]);
        Refused("expected lengths from 1 to the steps of rows (time, ...), got 5", null, [1, 5]);

        static void Refused(string message, float[]? weights, int[]? lengths) => Assert.Contains(message, Assert.Throws<ArgumentException>(
            () => new ArraySamples(new float[16], new Shape(4, 2), new float[2], 1, weights, lengths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSplitByTimeLeavesAGap()
    {
        float[] numbers = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
        var samples = new ArraySamples(numbers, new Shape(1, 1), numbers, weights: numbers, lengths: [.. Enumerable.Repeat(1, 100)]);
        (ISamples training, ISamples validation) = samples.SplitByTime(0.25, gap: 5);
        Assert.Equal((70, 25), (training.Count, validation.Count));
        Assert.Equal(numbers[..70], All(training));
        Assert.Equal(numbers[75..], All(validation));
        Assert.True(validation is { HasWeights: true, HasLengths: true });
        Assert.Throws<ArgumentOutOfRangeException>(() => training.Copy([70], new float[1], default));
        Assert.Throws<ArgumentOutOfRangeException>(() => samples.SplitByTime(1));
        Assert.Contains("got 0 and 25 of 100", Assert.Throws<ArgumentException>(() => samples.SplitByTime(0.25, gap: 75)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => samples.SplitByTime(0.001));

        static float[] All(ISamples samples)
        {
            int[] rows = [.. Enumerable.Range(0, samples.Count)], lengths = new int[rows.Length];
            float[] inputs = new float[rows.Length], targets = new float[rows.Length], weights = new float[rows.Length];
            samples.Copy(rows, inputs, targets);
            samples.CopyWeights(rows, weights);
            samples.CopyLengths(rows, lengths);
            Assert.Equal(inputs, targets);
            Assert.Equal(inputs, weights);
            Assert.All(lengths, length => Assert.Equal(1, length));
            return inputs;
        }
    }

    /// <summary>A batch of 32·k + 1 rows has no shard of one row where statistics need two; it is the pass over 33 rows at once.</summary>
    [Fact]
    public void ARowThatWouldBeAloneJoinsTheShardBeforeIt()
    {
        static Model Normed() => new(new Sequential(new Dense(I, 4), new BatchNorm1d(4), new Dense(4, 2)), seed: 1);
        Model model = Normed(), twin = Normed();
        ArraySamples samples = Samples(33);
        int[] rows = [.. Enumerable.Range(0, 33)];
        new Trainer(model, new CrossEntropy(), new Sgd(0.1f), new TrainerOptions { BatchSize = 33 }).Step(samples, rows, 1);

        Tensor x = new(33, I), t = new(33, 1);
        samples.Copy(rows, x.Span, t.Span);
        Tape tape = twin.Tape();
        tape.Begin(training: true);
        tape.Gradients.Clear();
        Tensor y = twin.Root.Forward(x, tape), dY = tape.Tensor(y.Shape);
        new CrossEntropy().Sum(y, t, 1.0 / 33, dY);
        twin.Root.Backward(dY, tape);
        new Sgd(0.1f).Step(twin, tape.Gradients);
        tape.Commit();
        Draw.SameBits(twin.State, model.State, "weights and statistics");

        var trainer = new Trainer(Normed(), new CrossEntropy(), new Sgd(0.1f), new TrainerOptions { BatchSize = 65, Epochs = 1 });
        Assert.True(double.IsFinite(trainer.Fit(Samples(65)).Epochs[0].TrainingLoss));
        Assert.Contains("at least two", Assert.Throws<ArgumentException>(() => trainer.Fit(Samples(67 + 64))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Without running statistics a lone row cannot be evaluated either.</summary>
    [Fact]
    public void ALoneRowJoinsWithoutRunningStatisticsAndWhenEvaluated()
    {
        var model = new Model(new Sequential(new Dense(I, 4), new BatchNorm1d(4, trackStatistics: false), new Dense(4, 2)), seed: 1);
        ArraySamples samples = Samples(65);
        var trainer = new Trainer(model, new CrossEntropy(), new Sgd(0.1f), new TrainerOptions { BatchSize = 65, Epochs = 1 });
        Assert.True(double.IsFinite(trainer.Fit(samples, samples).Epochs[0].ValidationLoss));

        double sum = 0;
        foreach (Range part in (Range[])[0..32, 32..65])
        {
            int[] rows = [.. Enumerable.Range(0, 65).Take(part)];
            Tensor x = new(rows.Length, I), t = new(rows.Length, 1);
            samples.Copy(rows, x.Span, t.Span);
            sum += new CrossEntropy().Sum(model.Predict(x, model.Tape()), t, 0, default);
        }
        Assert.Equal(sum / 65, trainer.Evaluate(samples), 1e-12);
    }

    /// <summary>A step's last row is not alone where the batch that it would be is gathered with others.</summary>
    [Theory]
    [InlineData(33)]
    [InlineData(65)]
    [InlineData(70)]
    public void GatheredBatchesGiveTheBitsOfOneLargeBatchWithStatisticsToo(int rows)
    {
        Assert.Equal(State(new() { Epochs = 2, BatchSize = 128 }),
            State(new() { Epochs = 2, BatchSize = 32, AccumulatedBatches = 4, Threads = 2 }));

        float[] State(TrainerOptions options)
        {
            var model = new Model(new Sequential(new Dense(I, 4), new BatchNorm1d(4), new Dropout(0.5f), new Dense(4, 2)), seed: 1);
            new Trainer(model, new CrossEntropy(), new Sgd(0.1f), options).Fit(Samples(rows));
            return [.. model.State];
        }
    }

    [Fact]
    public void NoTwoShardsDropAlike()
    {
        var trainer = new Trainer(Network(), new CrossEntropy(), new Sgd(0.1f), new TrainerOptions { Seed = 5 });
        HashSet<ulong> seeds = [];
        for (ulong epoch = 1; epoch <= 3; epoch++)
            for (ulong batch = 1; batch <= 20; batch++)
                for (int shard = 0; shard < 2_000; shard++)
                {
                    ulong step = (epoch << 32) | batch, seed = trainer.DropoutSeed(step, shard);
                    Assert.True(seeds.Add(seed));
                    if (shard < 256) Assert.Equal(5 + (step << 8) + (ulong)shard, seed);
                }
    }
}
