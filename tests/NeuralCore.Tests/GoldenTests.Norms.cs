namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static bool LayerNorms(GoldenFile g)
    {
        KindIs(g, "layer_norm");
        g.KnowsOnly("shape", "norm", "eps", "affine", "const_row", "offset");
        var shape = new Shape([.. g.List("norm").Select(n => (int)n)]);
        return Agrees(new LayerNorm(shape, g.Number("eps", 1e-5), g.Flag("affine", true)), g);
    }

    static bool Activations(GoldenFile g)
    {
        KindIs(g, "relu", "leaky_relu", "elu", "gelu_erf", "gelu_tanh", "silu", "softplus", "sigmoid", "tanh", "softmax", "log_softmax");
        g.KnowsOnly("fn", "shape", "slope", "alpha", "beta", "threshold", "dim");
        int axis = g.Configures("dim") ? g.Integer("dim") : -1;
        return Agrees(g.Kind switch
        {
            "relu" => Activation.Relu(),
            "leaky_relu" => Activation.LeakyRelu(g.Number("slope", 0.01)),
            "elu" => Activation.Elu(g.Number("alpha", 1)),
            "gelu_erf" => Activation.Gelu(),
            "gelu_tanh" => Activation.Gelu(tanh: true),
            "silu" => Activation.Silu(),
            "softplus" => Activation.Softplus(g.Number("beta", 1), g.Number("threshold", 20)),
            "sigmoid" => Activation.Sigmoid(),
            "softmax" => Activation.Softmax(axis),
            "log_softmax" => Activation.LogSoftmax(axis),
            _ => Activation.Tanh(),
        }, g);
    }

    /// <summary>Forward and backward of a layer with one input and one output agree with the file.</summary>
    static bool Agrees(Layer layer, GoldenFile g)
    {
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);
        Tensor x = g.Tensor("x"), y = layer.Forward(x, tape);
        Assert.Equal(g.Shape("y"), y.Shape);
        g.Check("y", y.Span);
        g.Check("grad.x", layer.Backward(g.Tensor("dy"), tape).Span);
        tape.End();
        CheckGradients(model, tape, g);
        return true;
    }
}
