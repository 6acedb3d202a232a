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
    public void Statistics_are_those_of_the_valid_steps_alone()
    {
        var layer = new BatchNorm1d(19);
        var model = new Model(layer, seed: 1);
        Tensor padded = Draw.Tensor(1, 3, 4, 19).WithLengths(2, 4, 1).WithGradient(true), dY = Draw.Tensor(2, 3, 4, 19);
        int[] valid = [0, 1, 4, 5, 6, 7, 8];
        foreach (int row in Enumerable.Range(0, 12).Except(valid))
        {
            padded.Row(row).Fill(float.NaN);
            dY.Row(row).Fill(float.NaN);
        }
        (float[] y, float[] dX, float[] gradients, float[] buffers) = Step(padded, dY);
        (float[] alone, float[] dAlone, float[] gradientsAlone, float[] buffersAlone) = Step(Rows(padded), Rows(dY));
        Draw.SameBits(alone, [.. valid.SelectMany(row => y[(row * 19)..(row * 19 + 19)])], "outputs");
        Draw.SameBits(dAlone, [.. valid.SelectMany(row => dX[(row * 19)..(row * 19 + 19)])], "input gradients");
        Draw.SameBits(gradientsAlone, gradients, "gradients");
        Draw.SameBits(buffersAlone, buffers, "running statistics");
        Assert.DoesNotContain(dX, float.IsNaN);

        Tensor Rows(Tensor x) => Tensor.From([.. valid.SelectMany(row => x.Row(row).ToArray())], 7, 19).WithGradient(true);

        (float[] Y, float[] DX, float[] Gradients, float[] Buffers) Step(Tensor x, Tensor dY)
        {
            foreach (Parameter buffer in model.Buffers) buffer.Value.Fill(1);
            Tape tape = model.Tape();
            tape.Begin(training: true);
            Tensor y = layer.Forward(x, tape), dX = layer.Backward(dY, tape);
            tape.Commit();
            return (y.Span.ToArray(), dX.Span.ToArray(), tape.Gradients.ToArray(), model.State[model.Count..].ToArray());
        }
    }

    [Fact]
    public void Frozen_statistics_hold_in_training_and_rows_are_independent_then()
    {
        var layer = new BatchNorm1d(3);
        var model = new Model(new Sequential(("bn", layer)), seed: 1);
        Draw.Floats(3, 5).CopyTo(model.Buffers[0].Value);
        Assert.Equal(2, model.Freeze("bn.running_*"));
        Tensor x = Sample(6, 3), dY = Draw.Tensor(1, 6, 3);
        Tape tape = model.Tape();
        float[] predicted = model.Predict(x, tape).Span.ToArray(), before = model.State[model.Count..].ToArray();
        tape.Begin(training: true);
        Draw.SameBits(predicted, layer.Forward(x, tape).Span, "outputs");
        Tensor dX = layer.Backward(dY, tape);
        for (int i = 0; i < 18; i++) Assert.Equal(dY.Span[i] / Math.Sqrt(1 + 1e-5), dX.Span[i], 1e-6);
        tape.Commit();
        Draw.SameBits(before, model.State[model.Count..], "running statistics");
        model.Unfreeze("bn.*");
        tape.Begin(training: true);
        layer.Forward(x, tape);
        tape.Commit();
        Assert.Equal(1, model.Buffers[2].Value[0]);
    }

    [Theory]
    [InlineData("running_mean")]
    [InlineData("running_var")]
    [InlineData("num_batches_tracked")]
    public void One_frozen_buffer_stays_while_the_others_move_as_ever(string name)
    {
        foreach (double? momentum in (double?[])[0.1, null])
        {
            Model free = new(new BatchNorm1d(3, momentum: momentum), seed: 1),
                frozen = new(new BatchNorm1d(3, momentum: momentum), seed: 1);
            Assert.Equal(1, frozen.Freeze(name));
            float[] before = [.. frozen.Buffers.Single(b => b.Name == name).Value];
            Draw.SameBits(Step(free), Step(frozen), "outputs: both by the statistics of the batch");
            foreach ((Parameter moved, Parameter buffer) in free.Buffers.Zip(frozen.Buffers))
            {
                Draw.SameBits(buffer.Name == name ? before : moved.Value, buffer.Value, $"{buffer.Name} with {name} frozen");
                Assert.NotEqual(moved.Value.ToArray(), buffer.Name == name ? buffer.Value.ToArray() : [0f, 0f, 0f]);
            }
            frozen.Unfreeze(name);
            Step(frozen);
            Assert.NotEqual(before, frozen.Buffers.Single(b => b.Name == name).Value.ToArray());
        }

        static float[] Step(Model model)
        {
            Tape tape = model.Tape();
            tape.Begin(training: true);
            float[] y = [.. model.Root.Forward(Sample(6, 3), tape).Span];
            tape.Commit();
            return y;
        }
    }

    [Fact]
    public void The_cumulative_average_is_the_mean_over_the_batches()
    {
        var layer = new BatchNorm1d(2, momentum: null);
        var model = new Model(layer, seed: 1);
        Tape tape = model.Tape();
        double[] means = new double[2];
        for (ulong batch = 1; batch <= 5; batch++)
        {
            Tensor x = Draw.Tensor(batch, 4, 2);
            for (int n = 0; n < 4; n++)
                for (int c = 0; c < 2; c++) means[c] += x[n, c] / 20.0;
            tape.Begin(training: true);
            layer.Forward(x, tape);
            tape.Commit();
        }
        Assert.Equal(means[0], model.Buffers[0].Value[0], 1e-6);
        Assert.Equal(means[1], model.Buffers[0].Value[1], 1e-6);
        Assert.Equal(5, model.Buffers[2].Value[0]);
    }

    [Fact]
    public void A_large_mean_costs_no_accuracy()
    {
        var model = new Model(new BatchNorm1d(1, epsilon: 0, trackStatistics: false), seed: 1);
        Tensor x = Tensor.From([16777000f, 16777001f, 16777003f, 16777004f], 4, 1);
        float[] y = model.Predict(x, model.Tape()).Span.ToArray();
        double deviation = Math.Sqrt(2.5);
        Assert.All(y.Zip((double[])[-2, -1, 1, 2]), pair => Assert.Equal(pair.Second / deviation, pair.First, 2e-7));
    }

    [Fact]
    public void The_count_of_batches_is_saved_as_a_whole_number()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            var model = new Model(new BatchNorm1d(1), seed: 1);
            model.Buffers[2].Value[0] = 70000;
            model.Save(path);
            byte[] bytes = File.ReadAllBytes(path);
            Assert.Contains("\"num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]}",
                System.Text.Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
            Assert.Equal(70000, BitConverter.ToInt64(bytes, bytes.Length - 8));
            var loaded = new Model(new BatchNorm1d(1), seed: 2);
            loaded.Load(path);
            Assert.Equal(70000, loaded.Buffers[2].Value[0]);
        }
        finally
        {
            File.Delete(path);
        }
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
        Assert.Contains("at least two rows",
            Assert.Throws<ArgumentException>(() => layer.Forward(new Tensor(1, 4, 2).WithLengths(1), tape)).Message);
        layer.Forward(new Tensor(1, 4, 2).WithLengths(2), tape);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(2, momentum: 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(2, epsilon: double.NaN));
        Assert.Contains("(batch, 2)", Assert.Throws<ArgumentException>(() => layer.Forward(new Tensor(4, 3), tape)).Message);
    }
}
