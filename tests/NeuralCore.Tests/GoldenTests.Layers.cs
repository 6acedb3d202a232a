namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static bool Linear(GoldenFile g)
    {
        KindIs(g, "linear");
        g.KnowsOnly("shape", "O", "bias");
        Tensor x = g.Tensor("x");
        var layer = new Dense(x.Columns, g.Integer("O"), g.Flag("bias", true));
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);
        Tensor y = layer.Forward(x, tape);
        Assert.Equal(g.Shape("y"), y.Shape);
        g.Check("y", y.Span);
        g.Check("grad.x", layer.Backward(g.Tensor("dy"), tape).Span);
        CheckGradients(model, tape, g);
        return true;
    }
}
