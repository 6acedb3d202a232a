namespace NeuralCore.Tests;

/// <summary>Models with an output at each step: a Trainer gives the loss targets by step, with the lengths of their rows.</summary>
public class SequenceTargetsTests
{
    const int N = 40, T = 5, I = 3, C = 2;

    static Model Network() => new(new Sequential(new Lstm(I, 6), new Dense(6, C)), seed: 1);

    static int[] Lengths => [.. Enumerable.Range(0, N).Select(row => 1 + row % T)];

    /// <summary>K values from 0 to 1 a step; past a length, inputs and targets are <paramref name="padding"/>.</summary>
    static ArraySamples Samples(int K, float padding, bool weighted = false, Func<float, float>? target = null)
    {
        float[] inputs = Draw.Floats(N * T * I, 1), targets = [.. Draw.Floats(N * T * K, 2).Select(v => (target ?? Math.Abs)(v))];
        for (int row = 0; row < N; row++)
        {
            inputs.AsSpan((row * T + Lengths[row]) * I, (T - Lengths[row]) * I).Fill(padding);
            targets.AsSpan((row * T + Lengths[row]) * K, (T - Lengths[row]) * K).Fill(padding);
        }
        return new ArraySamples(inputs, new Shape(T, I), targets, T * K,
            weighted ? [.. Draw.Floats(N, 3).Select(Math.Abs)] : null, Lengths);
    }

    public static TheoryData<string> Losses => new(All.Keys);

    static readonly Dictionary<string, (Func<Loss> Loss, int K, Func<float, float>? Target)> All = new()
    {
        ["Mse"] = (() => new Mse(), C, null),
        ["Mae"] = (() => new Mae(), C, null),
        ["Huber"] = (() => new Huber(0.1), C, null),
        ["SmoothL1"] = (() => new SmoothL1(0.1), C, null),
        ["Pinball"] = (() => new Pinball(0.1, 0.9), 1, null),
        ["BinaryCrossEntropy"] = (() => new BinaryCrossEntropy(), C, null),
        ["weighted BinaryCrossEntropy"] = (() => new BinaryCrossEntropy(elementWeights: true), 2 * C, null),
        ["CrossEntropy"] = (() => new CrossEntropy([1f, 3f]), 1, v => v > 0 ? 1 : 0),
        ["CrossEntropy of probabilities"] = (() => new CrossEntropy(classProbabilities: true), C, null),
        ["JointLoss"] = (() => new JointLoss((new Mse(), 1, 1, 1f), (new Huber(0.1), 1, 1, 0.5f)), C, null),
        ["Focal"] = (() => new Focal(), 1, v => v > 0 ? 1 : 0),
    };

    /// <summary>What lies past a length, even NaN, changes no bit of weights or losses.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void PaddingOfInputsAndTargetsDoesNotCount(string name)
    {
        (Func<Loss> loss, int K, Func<float, float>? target) = All[name];
        foreach (bool weighted in (bool[])[false, true])
            Assert.Equal(Fit(0, weighted), Fit(float.NaN, weighted));

        string Fit(float padding, bool weighted)
        {
            Model model = Network();
            ArraySamples samples = Samples(K, padding, weighted, target);
            History history = new Trainer(model, loss(), new Adam(0.01f), new TrainerOptions { Epochs = 2, BatchSize = 33, Threads = 2 })
                .Fit(samples, samples);
            return history.ToJson() + string.Join(' ', model.Values.ToArray());
        }
    }

    /// <summary>The loss is the mean over the valid steps, each sequence run alone.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void TheLossIsTheMeanOverTheValidSteps(string name)
    {
        (Func<Loss> make, int K, Func<float, float>? target) = All[name];
        foreach (bool weighted in (bool[])[false, true])
        {
            Model model = Network();
            Loss loss = make();
            ArraySamples samples = Samples(K, 0.5f, weighted, target);
            var trainer = new Trainer(model, loss, new Sgd(0.1f), new TrainerOptions { BatchSize = N });
            double sum = 0, weight = 0;
            for (int row = 0; row < N; row++)
            {
                float[] x = new float[T * I], t = new float[T * K], w = [1];
                int length = Lengths[row];
                samples.Copy([row], x, t);
                samples.CopyWeights([row], w);
                Tensor y = model.Predict(Tensor.From(x[..(length * I)], 1, length, I), model.Tape()),
                    steps = Tensor.From(t[..(length * K)], 1, length, K);
                sum += w[0] * loss.Sum(y, steps, 0, default);
                weight += w[0] * loss.Weight(steps);
            }
            Assert.Equal(sum / weight, trainer.Evaluate(samples), 1e-9);
            (double stepSum, double stepWeight) = trainer.Step(samples, [.. Enumerable.Range(0, N)], 1);
            Assert.Equal(weight, stepWeight, 1e-6);
            Assert.Equal(sum, stepSum, 1e-4);
        }
    }

    /// <summary>Indices (B, T) with lengths, through an embedding, to a class at each step; what lies past a length is no index.</summary>
    [Fact]
    public void SequencesOfIndicesHaveLengthsToo()
    {
        Assert.Equal(Fit(0), Fit(float.NaN));

        static string Fit(float padding)
        {
            float[] inputs = [.. Draw.Floats(N * T, 1).Select(v => v > 0 ? 2f : 1f)], targets = [.. inputs.Select(v => v - 1)];
            for (int row = 0; row < N; row++)
            {
                inputs.AsSpan(row * T + Lengths[row], T - Lengths[row]).Fill(padding);
                targets.AsSpan(row * T + Lengths[row], T - Lengths[row]).Fill(padding);
            }
            var model = new Model(new Sequential(new Embedding(3, I), new Lstm(I, 6), new Dense(6, C)), seed: 1);
            var samples = new ArraySamples(inputs, new Shape(T), targets, T, lengths: Lengths);
            History history = new Trainer(model, new CrossEntropy(), new Adam(0.03f), new TrainerOptions { Epochs = 20 }).Fit(samples);
            Assert.True(history.Epochs[^1].TrainingLoss < 0.1, $"loss {history.Epochs[^1].TrainingLoss}");
            return history.ToJson() + string.Join(' ', model.Values.ToArray());
        }
    }

    [Fact]
    public void ProbabilitiesOfClassesAreTakenWithoutLengthsToo()
    {
        float[] q = [.. Draw.Floats(N * T, 2).SelectMany(v => (float[])[Math.Abs(v), 1 - Math.Abs(v)])];
        var samples = new ArraySamples(Draw.Floats(N * T * I, 1), new Shape(T, I), q, T * C);
        Model model = Network();
        var x = new Tensor(N, T, I);
        samples.Copy([.. Enumerable.Range(0, N)], x.Span, default);
        double expected = new CrossEntropy(classProbabilities: true).Mean(model.Predict(x, model.Tape()), Tensor.From(q, N, T, C));
        var trainer = new Trainer(model, new CrossEntropy(classProbabilities: true), new Adam(0.01f), new TrainerOptions { Epochs = 20 });
        Assert.Equal(expected, trainer.Evaluate(samples), 1e-9);
        History history = trainer.Fit(samples);
        Assert.True(history.Epochs[^1].TrainingLoss < history.Epochs[0].TrainingLoss);
    }

    /// <summary>Says that it keeps the steps, and does not.</summary>
    sealed class Liar : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape) => tape.Tensor(x.Shape[0], 1);

        public override Tensor Backward(Tensor dY, Tape tape) => default;
    }

    [Fact]
    public void AnOutputShapeThatIsNotTrueIsNamed()
    {
        var trainer = new Trainer(new Model(new Liar(), 1), new Mse(), new Sgd(0.1f), new TrainerOptions());
        Assert.Contains("as Liar.OutputShape says", Assert.Throws<ArgumentException>(
            () => trainer.Evaluate(new ArraySamples(new float[12], new Shape(2, 3), new float[4], 2))).Message, StringComparison.Ordinal);
    }
}
