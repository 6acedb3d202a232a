#:project ../src/NeuralCore/NeuralCore.csproj

// A layer of one's own, proved by the gradient check, then used beside the library's layers.    dotnet run samples/custom-layer.cs
using NeuralCore;

// Every element of dX and of each parameter's gradient against 5-point differences.
GradientCheckResult check = GradientCheck.Run(new Scale(4), new Shape(3, 5, 4));
foreach (GradientError tensor in check.Tensors)
    Console.WriteLine($"gradient of {tensor.Name}: error {tensor.Error:G2}, limit {check.Limit}");
check.ThrowIfFailed();

var model = new Model(new Sequential(
    ("scale", new Scale(4)),                         // (B, T, 4) -> (B, T, 4)
    ("rnn", new Lstm(4, 16, lastStep: true)),        //           -> (B, 16)
    ("head", new Dense(16, 2))), seed: 1);           //           -> (B, 2)
Console.WriteLine(model.Summary(new Shape(1, 8, 4)));

// 2,000 random sequences of 8 steps; the class is 1 where the first of the four features rises from start to end.
var random = new CounterRandom(seed: 1, stream: 0);
float[] x = new float[2_000 * 8 * 4], target = new float[2_000];
foreach (ref float value in x.AsSpan()) value = (float)random.NextNormal();
for (int i = 0; i < target.Length; i++) target[i] = x[i * 32 + 28] > x[i * 32] ? 1 : 0;

var trainer = new Trainer(model, new CrossEntropy(), new Adam(1e-2f), new TrainerOptions { Epochs = 5 });
trainer.Fit(new ArraySamples(x, new Shape(8, 4), target),
    progress: epoch => Console.WriteLine($"epoch {epoch.Number}: loss {epoch.TrainingLoss:F4}"));
Console.WriteLine($"s = {string.Join(", ", model.Parameters[0].Value.ToArray().Select(v => v.ToString("F2")))}: the first feature counts");

/// <summary>y = x ∘ s, a learned scale for each feature.   x, y (…, F); s (F)</summary>
sealed class Scale : Layer
{
    readonly Parameter s;

    public Scale(int features) => s = Parameter("s", new Shape(features), 1f);

    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(x.Shape);
        for (int row = 0; row < x.Rows; row++)
            for (int f = 0; f < x.Columns; f++) y.Row(row)[f] = x.Row(row)[f] * s.Value[f];
        tape.Push(this, x);
        return y;
    }

    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this), dX = tape.Tensor(x.Shape);
        Span<float> dS = tape.Gradient(s);
        for (int row = 0; row < x.Rows; row++)
            for (int f = 0; f < x.Columns; f++)
            {
                dS[f] += dY.Row(row)[f] * x.Row(row)[f];
                dX.Row(row)[f] = dY.Row(row)[f] * s.Value[f];
            }
        return dX;
    }
}
