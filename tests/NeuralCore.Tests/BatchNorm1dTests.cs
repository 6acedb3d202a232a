namespace NeuralCore.Tests;

public sealed class BatchNorm1dTests
{
    static Tensor Sample(int rows, int columns)
    {
        var random = new CounterRandom(2, 0);
        var x = new Tensor(rows, columns).WithGradient(true);
        foreach (ref float v in x.Span) v = 5 + 2 * (float)random.NextNormal();
        return x;
    }

    [Fact]
    public void Training_normalises_by_the_batch_and_inference_by_the_running_statistics()
    {
        var layer = new BatchNorm1d(3, momentum: 0.5);
        var model = new Model(layer, seed: 1);
        Tensor x = Sample(8, 3);
        Tape tape = model.Tape();
        tape.Begin(training: true);
        float[] y = layer.Forward(x, tape).Span.ToArray();
        for (int c = 0; c < 3; c++)
        {
            double[] column = [.. Enumerable.Range(0, 8).Select(n => (double)y[n * 3 + c])];
            Assert.Equal(0, column.Average(), 1e-6);
            Assert.Equal(1, column.Average(v => v * v), 1e-4);
        }

        Assert.Equal([0, 0, 0, 1, 1, 1, 0], model.State[model.Count..].ToArray());
        tape.Commit();
        tape.Commit();
        double mean = Enumerable.Range(0, 8).Average(n => (double)x[n, 1]);
        double variance = Enumerable.Range(0, 8).Sum(n => (x[n, 1] - mean) * (x[n, 1] - mean)) / 7;
        Assert.Equal(0.5 * mean, model.Buffers[0].Value[1], 1e-6);
        Assert.Equal(0.5 + 0.5 * variance, model.Buffers[1].Value[1], 1e-5);
        Assert.Equal(1, model.Buffers[2].Value[0]);

        Tensor predicted = model.Predict(x, tape);
        Assert.Equal((x[4, 1] - 0.5 * mean) / Math.Sqrt(0.5 + 0.5 * variance + 1e-5), predicted[4, 1], 1e-5);
        Assert.Equal(predicted.Row(4).ToArray(), model.Predict(Tensor.From(x.Row(4).ToArray(), 1, 3), model.Tape()).Span.ToArray());
    }

    [Fact]
    public void A_pass_that_is_not_committed_leaves_no_trace()
    {
        var layer = new BatchNorm1d(2);
        var model = new Model(layer, seed: 1);
        Tape tape = model.Tape();
        tape.Begin(training: true);
        layer.Forward(Sample(4, 2), tape);
        tape.Begin(training: true);
        tape.Commit();
        Assert.Equal(0, model.Buffers[2].Value[0]);
    }

    [Fact]
    public void Inputs_that_cannot_be_normalised_are_refused()
    {
        var layer = new BatchNorm1d(2);
        Tape tape = new Model(layer, seed: 1).Tape();
        tape.Begin(training: true);
        Assert.Contains("at least two rows", Assert.Throws<ArgumentException>(() => layer.Forward(new Tensor(1, 2), tape)).Message);
        Assert.Contains("(batch, 2)", Assert.Throws<ArgumentException>(() => layer.Forward(new Tensor(4, 3), tape)).Message);
    }
}
