using System.Runtime.CompilerServices;

namespace NeuralCore.Tests;

/// <summary>The README's example is this code, compiled and run.</summary>
public class ReadmeTests
{
    [Fact]
    public void TheExampleLearns()
    {
        // README begins
        var random = new CounterRandom(seed: 1, stream: 0);
        float[] x = new float[1000 * 20], y = new float[1000];          // 1000 windows of 20 values: is their sum positive?
        for (int i = 0; i < x.Length; i++) y[i / 20] += x[i] = (float)random.NextNormal();
        for (int i = 0; i < y.Length; i++) y[i] = y[i] > 0 ? 1 : 0;
        var model = new Model(new Sequential(new Lstm(1, 16, lastStep: true), new Dense(16, 2)), seed: 1);
        var trainer = new Trainer(model, new CrossEntropy(), new Adam(0.01f), new TrainerOptions { Epochs = 20 });
        History history = trainer.Fit(new ArraySamples(x, new Shape(20, 1), y));
        Tensor logits = model.Predict(Tensor.From(x[..20], 1, 20, 1), model.Tape());
        Console.WriteLine($"loss {history.Epochs[^1].TrainingLoss:F3}; the first sum is {(logits[0, 1] > logits[0, 0] ? "positive" : "negative")}");
        // README ends

        Assert.True(history.Epochs[^1].TrainingLoss < 0.2, $"loss {history.Epochs[^1].TrainingLoss}");
        Assert.Equal(y[0] == 1, logits[0, 1] > logits[0, 0]);
    }

    [Fact]
    public void TheReadmeShowsJustThisCode()
    {
        string[] source = File.ReadAllLines(ThisFile());
        int begin = Array.FindIndex(source, l => l.Contains("// README begins", StringComparison.Ordinal)) + 1;
        int end = Array.FindIndex(source, l => l.Contains("// README ends", StringComparison.Ordinal));
        string[] readme = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "README.md"));
        int at = Array.IndexOf(readme, "using NeuralCore;") + 1;
        Assert.True(at > 0, "README.md: expected a block that begins with 'using NeuralCore;'");
        Assert.Equal(source[begin..end].Select(l => l.Trim()), readme.Skip(at).SkipWhile(l => l.Length == 0).TakeWhile(l => l != "```").Select(l => l.Trim()));
    }

    static string ThisFile([CallerFilePath] string path = "") => path;
}
