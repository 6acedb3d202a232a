namespace NeuralCore.Tests;

public class SummaryTests
{
    static string[][] Table(Model model, Shape input)
        => [.. model.Summary(input).Split('\n')
            .Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    [Fact]
    public void Layers_shapes_parameters_and_multiply_adds_are_listed()
    {
        var model = new Model(new Sequential(("trunk", new Sequential(new Dense(6, 32), new Flatten())), ("head", new Dense(32 * 20, 3))),
            1);
        model.Freeze("trunk.*");
        string[][] table = Table(model, new Shape(2, 20, 6));
        Assert.Equal(["layer", "output", "parameters", "frozen", "multiply-adds"], table[0]);
        Assert.Equal(["Sequential", "(2, 3)", "0", "0", "0"], table[2]);
        Assert.Equal(["trunk Sequential", "(2, 640)", "0", "0", "0"], table[3]);
        Assert.Equal(["0 Dense", "(2, 20, 32)", "224", "224", "7,680"], table[4]);           // 32·(6 + 1);  2·20·6·32
        Assert.Equal(["1 Flatten", "(2, 640)", "0", "0", "0"], table[5]);
        Assert.Equal(["head Dense", "(2, 3)", "1,923", "0", "3,840"], table[6]);             // 3·(640 + 1);  2·640·3
        Assert.Equal(["total", "(2, 3)", "2,147", "224", "11,520"], table[8]);
        Assert.Equal(["parameters", "1,923 trainable, 224 frozen"], table[10]);
        Assert.Equal(["memory", "values 8.4 KiB, beside which layers keep packed copies of their weights"], table[11]);
        Assert.Equal(["training", "gradients 8.4 KiB for each thread and for their sum, Adam's moments 16.8 KiB"], table[12]);
        Assert.StartsWith("    0 Dense", model.Summary(new Shape(2, 20, 6)).Split('\n')[4], StringComparison.Ordinal);
        Assert.All(model.Summary(new Shape(2, 20, 6)).Split('\n')[..9], l => Assert.True(l.Length < 80, l));
    }

    [Fact]
    public void Layers_are_called_what_errors_call_them()
    {
        var model = new Model(new Sequential(Activation.Relu(), Activation.Elu(), Activation.LogSoftmax(), new Dense(2, 2)), 1);
        Assert.Equal(["0 Relu", "1 Elu", "2 LogSoftmax", "3 Dense"], Table(model, new Shape(3, 2))[3..7].Select(row => row[0]));
        Assert.Equal(["Relu '0'", "Elu '1'", "LogSoftmax '2'", "Dense '3'"], model.Root.Children.Select(child => child.Layer.ToString()));
        Assert.Equal("Relu", Activation.Relu().ToString());
    }

    [Fact]
    public void Activations_are_those_of_a_pass()
    {
        // Prediction: y of both layers. Training: their gradients too, but for the input's, which nobody wants.
        var model = new Model(new Sequential(new Dense(16, 64), new Dense(64, 16)), 1);
        string summary = model.Summary(new Shape(32, 16));
        Assert.Contains($"prediction over (32, 16): {4.0 * 32 * (64 + 16) / 1024:F1} KiB", summary);
        Assert.Contains($"training pass over (32, 16): {4.0 * 32 * (64 + 16 + 64) / 1024:F1} KiB", summary);
    }

    /// <summary>Passes its input through a child, and tells nobody.</summary>
    sealed class Silent : Layer
    {
        readonly Layer inner;

        public Silent(Layer inner) => this.inner = Child("inner", inner);

        public override Tensor Forward(Tensor x, Tape tape) => inner.Forward(x, tape);

        public override Tensor Backward(Tensor dY, Tape tape) => inner.Backward(dY, tape);
    }

    [Fact]
    public void Children_of_a_layer_without_flow_are_listed_too()
    {
        var model = new Model(new Sequential(("own", new Silent(new Sequential(new Dense(4, 4)))), ("head", new Dense(4, 2))), 1);
        string[][] table = Table(model, new Shape(3, 4));
        Assert.Equal(["own Silent", "(3, 4)", "0", "0", "0"], table[3]);
        Assert.Equal(["inner Sequential", "-", "0", "0", "-"], table[4]);
        Assert.Equal(["0 Dense", "-", "20", "0", "-"], table[5]);
        Assert.Equal(["total", "(3, 2)", "30", "0", "at least 24"], table[8]);
    }

    [Fact]
    public void Where_a_layer_does_not_train_on_the_input_the_summary_says_why()
    {
        var model = new Model(new BatchNorm1d(3), 1);
        string summary = model.Summary(new Shape(1, 3));
        Assert.Contains("training pass over (1, 3): unknown (BatchNorm1d: expected at least two rows", summary);
        Assert.Contains("7 not trained", summary);
        Assert.Contains("6 trainable", summary);
        Assert.Throws<ArgumentException>(() => model.Summary(new Shape(1, 4)));
    }
}
