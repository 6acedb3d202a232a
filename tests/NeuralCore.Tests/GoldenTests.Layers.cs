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

    static bool Dropout(GoldenFile g)
    {
        KindIs(g, "dropout");
        g.KnowsOnly("shape", "p", "mode");
        var layer = new Dropout((float)g.Number("p", double.NaN));
        var model = new Model(layer, seed: 1);
        Tensor x = g.Tensor("x");
        if (g.Text("mode", "") == "eval")
        {
            // Inference has no backward pass; that its gradient is the identity follows from the output being the input.
            g.Check("y", model.Predict(x, model.Tape()).Span);
            g.Check("grad.x", g.Tensor("dy").Span);
            return true;
        }
        Assert.Equal("given_mask", g.Text("mode", ""));
        // The layer draws masks of its own: each element is compared under draws that agree there with the given mask.
        double[] mask = g.Values("mask");
        float[] y = new float[mask.Length], dX = new float[mask.Length];
        var compared = new bool[mask.Length];
        Tape tape = model.Tape();
        for (ulong seed = 0; seed < 200; seed++)
        {
            tape.Begin(training: true, seed);
            Tensor drawn = layer.Forward(x, tape), dDrawn = layer.Backward(g.Tensor("dy"), tape);
            for (int i = 0; i < mask.Length; i++)
                if ((drawn.Span[i] != 0) == (mask[i] != 0)) (y[i], dX[i], compared[i]) = (drawn.Span[i], dDrawn.Span[i], true);
        }
        Assert.DoesNotContain(false, compared);
        g.Check("y", y);
        g.Check("grad.x", dX);
        return true;
    }
}
