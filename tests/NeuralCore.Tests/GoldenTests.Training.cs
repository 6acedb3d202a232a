namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void Training(GoldenFile g)
    {
        KindIs(g, "training_trajectory");
        g.KnowsOnly("arch", "I", "H", "C", "B", "T", "optimiser", "lr", "clip_norm", "step_lr", "weights", "smoothing", "eps");
        string architecture = g.Text("arch", ""), optimiser = g.Text("optimiser", "Adam");
        var model = new Model(Network(architecture, g.Integer("I"), g.Integer("H"), g.Integer("C")), seed: 1);
        static string Names(string name)
            => name switch { "att.weight" => "att_w.weight", "att.bias" => "att_w.bias", "att.v" => "att_v.weight", _ => name };
        SetParameters(model, g, Names);
        var loss = new CrossEntropy(g.Has("class_weights") ? g.Floats("class_weights") : [], g.Number("smoothing", 0));
        float rate = (float)g.Number("lr", 1e-3), clip = (float)g.Number("clip_norm", 5);
        double epsilon = g.Number("eps", 1e-8);
        Optimizer optimizer = optimiser switch
        {
            "SGD" => new Sgd(rate),
            "Adam" => new Adam(rate, epsilon: epsilon),
            "AdamW" => new AdamW(rate, epsilon: epsilon),
            "RMSprop" => new RMSprop(rate, epsilon: epsilon),
            _ => throw new ArgumentException($"unknown optimiser '{optimiser}'"),
        };
        double[] schedule = g.Configures("step_lr") ? g.List("step_lr") : [int.MaxValue, 1];

        int steps = g.Shape("loss").Count, batches = g.Shape("x")[0];
        double[] losses = new double[steps], norms = new double[steps];
        Tape tape = model.Tape();
        for (int k = 0; k < steps; k++)
        {
            if (k > 0 && k % (int)schedule[0] == 0) optimizer.LearningRate *= (float)schedule[1];
            tape.Begin(training: true);
            tape.Gradients.Clear();
            (Tensor x, Tensor targets) = (Batch(g, "x", k % batches), Batch(g, "targets", k % batches));
            Tensor y = model.Root.Forward(x, tape), dY = tape.Tensor(y.Shape);
            losses[k] = loss.Sum(y, targets, 1 / loss.Weight(targets), dY) / loss.Weight(targets);
            model.Root.Backward(dY, tape);
            tape.End();
            norms[k] = GradientClipping.ByNorm(tape.Gradients, clip);
            optimizer.Step(model, tape.Gradients);
            tape.Commit();
        }
        g.Check("loss", losses);
        g.Check("grad_norm", norms);
        foreach (Parameter parameter in model.Parameters) g.Check("final.param." + Names(parameter.Name), parameter.Value);
        foreach (Parameter buffer in model.Buffers) g.Check("final.buffer." + buffer.Name, buffer.Value);
        g.Check("final.logits", model.Predict(Batch(g, "x", 0), tape).Span);
    }

    static Sequential Network(string architecture, int I, int H, int C) => architecture switch
    {
        "lstm" => new Sequential(("rnn", new Lstm(I, H, lastStep: true)), ("head", new Dense(H, C))),
        "lstm2" => new Sequential(("rnn", new Lstm(I, H, layers: 2, lastStep: true)), ("head", new Dense(H, C))),
        "gru" => new Sequential(("rnn", new Gru(I, H, lastStep: true)), ("head", new Dense(H, C))),
        "bilstm" => new Sequential(("rnn", new Lstm(I, H, bidirectional: true, lastStep: true)), ("head", new Dense(2 * H, C))),
        "bilstm_attn" => new Sequential(("rnn", new Lstm(I, H, bidirectional: true)), ("att", new AdditiveAttention(2 * H, H)),
            ("fc", new Dense(2 * H, H)), ("relu", Activation.Relu()), ("head", new Dense(H, C))),
        "transformer" => new Sequential(("proj", new Dense(I, H)), ("enc", new TransformerEncoder(2, H, heads: 2, 2 * H, dropout: 0)),
            ("mean", new MeanOverTime()), ("head", new Dense(H, C))),
        "mlp" => new Sequential(("last", new TakeLast()), ("fc", new Dense(I, H, bias: false)), ("bn", new BatchNorm1d(H)),
            ("relu", Activation.Relu()), ("head", new Dense(H, C))),
        _ => throw new ArgumentException($"unknown architecture '{architecture}'"),
    };

    /// <summary>Batch b of a tensor whose first axis counts batches.</summary>
    static Tensor Batch(GoldenFile g, string name, int b)
    {
        Shape all = g.Shape(name);
        var one = new Shape([.. Enumerable.Range(1, all.Rank - 1).Select(axis => all[axis])]);
        return Tensor.From(g.Floats(name).AsSpan(b * one.Count, one.Count).ToArray(), one.Count).Reshape(one);
    }
}
