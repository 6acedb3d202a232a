namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void LayerNorms(GoldenFile g)
    {
        KindIs(g, "layer_norm");
        g.KnowsOnly("shape", "norm", "eps", "affine", "const_row", "offset");
        var shape = new Shape([.. g.List("norm").Select(n => (int)n)]);
        Agrees(new LayerNorm(shape, g.Number("eps", 1e-5), g.Flag("affine", true)), g);
    }

    static void Activations(GoldenFile g)
    {
        KindIs(g, "relu", "leaky_relu", "elu", "gelu_erf", "gelu_tanh", "silu", "softplus", "sigmoid", "tanh", "softmax", "log_softmax");
        g.KnowsOnly("fn", "shape", "slope", "alpha", "beta", "threshold", "dim");
        int axis = g.Configures("dim") ? g.Integer("dim") : -1;
        Agrees(g.Kind switch
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
    static void Agrees(Layer layer, GoldenFile g)
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
    }

    static void BatchNorm(GoldenFile g)
    {
        KindIs(g, "batch_norm_1d");
        g.KnowsOnly("shape", "mode", "eps", "momentum", "affine", "track", "steps", "offset");
        bool training = g.Text("mode", "") == "train";
        Assert.Contains(g.Text("mode", ""), (string[])["train", "eval"]);
        Tensor x = ChannelsLast(g.Tensor("x")), dY = ChannelsLast(g.Tensor("dy"));
        var layer = new BatchNorm1d(x.Columns, g.Number("eps", 1e-5), g.IsNull("momentum") ? null : g.Number("momentum", 0.1),
            g.Flag("affine", true), g.Flag("track", true));
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        foreach (Parameter buffer in model.Buffers)
            if (g.Has("buffer.before." + buffer.Name)) g.Floats("buffer.before." + buffer.Name).CopyTo(buffer.Value);
        Tape tape;
        float[] earlier = g.Has("x.earlier") ? g.Floats("x.earlier") : [];
        for (int at = 0; at < earlier.Length; at += x.Count)
        {
            tape = TrainingTape(model);
            layer.Forward(ChannelsLast(Tensor.From(earlier[at..(at + x.Count)], x.Count).Reshape(g.Shape("x"))), tape);
            tape.Commit();
        }
        if (!training && model.Buffers.Count > 0) model.Freeze("running_*");
        if (!training) g.Check("y", ChannelsLast(model.Predict(x, model.Tape())).Span);
        tape = TrainingTape(model);
        g.Check("y", ChannelsLast(layer.Forward(x, tape)).Span);
        g.Check("grad.x", ChannelsLast(layer.Backward(dY, tape)).Span);
        tape.End();
        CheckGradients(model, tape, g);
        tape.Commit();
        foreach (Parameter buffer in model.Buffers) g.Check("buffer.after." + buffer.Name, buffer.Value);
    }

    static void Embeddings(GoldenFile g)
    {
        KindIs(g, "embedding");
        g.KnowsOnly("V", "D", "idx_shape", "padding_idx");
        var layer = new Embedding(g.Integer("V"), g.Integer("D"), g.Configures("padding_idx") ? g.Integer("padding_idx") : null);
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);
        Tensor y = layer.Forward(g.Tensor("x"), tape);
        Assert.Equal(g.Shape("y"), y.Shape);
        g.Check("y", y.Span);
        layer.Backward(g.Tensor("dy"), tape);
        tape.End();
        CheckGradients(model, tape, g);
    }

    static void Dropout(GoldenFile g)
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
            return;
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
    }
}
