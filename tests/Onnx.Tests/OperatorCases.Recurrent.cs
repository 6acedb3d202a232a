namespace NeuralCore.Onnx.Tests;

// LSTM, GRU and RNN with all their attributes.
static partial class OperatorCases
{
    const int T = 6, B = 4, I = 3, H = 5;

    /// <summary>Recurrent nodes: x, W, R, b, lengths, h0, c0, peepholes, as far as asked for.</summary>
    static OperatorCase Rnn(string name, string op, bool both = false, bool bias = true, int[]? lengths = null, bool state = false,
        bool peepholes = false, string? direction = null, params (string, object)[] attributes)
    {
        (int D, int G) = (both ? 2 : 1, op == "LSTM" ? 4 : op == "GRU" ? 3 : 1);
        List<OnnxTensor?> inputs =
        [
            F(1, T, B, I), F(2, 0.6f, [D, G * H, I]), F(3, 0.6f, [D, G * H, H]), bias ? F(4, 0.5f, [D, 2 * G * H]) : null,
            lengths is null ? null : OnnxTensor.From(lengths, B), state ? F(5, D, B, H) : null,
        ];
        if (op == "LSTM") inputs.AddRange([state ? F(6, D, B, H) : null, peepholes ? F(7, 0.5f, [D, 3 * H]) : null]);
        while (inputs[^1] is null) inputs.RemoveAt(inputs.Count - 1);
        return new OperatorCase(name, 14, op, [.. inputs], op == "LSTM" ? 3 : 2,
            [("hidden_size", H), ("direction", direction ?? (both ? "bidirectional" : "forward")), .. attributes]);
    }

    static IEnumerable<OperatorCase> Recurrent()
    {
        int[] mixed = [6, 2, 1, 5], withZero = [6, 0, 3, 4];
        foreach (string op in new[] { "LSTM", "GRU", "RNN" })
        {
            string[] standard = op == "LSTM" ? ["Sigmoid", "Tanh", "Tanh"] : op == "GRU" ? ["Sigmoid", "Tanh"] : ["Tanh"];
            yield return Rnn($"{op}-plain", op, bias: false);
            yield return Rnn($"{op}-reverse", op, direction: "reverse");
            yield return Rnn($"{op}-reverse-lengths", op, lengths: mixed, state: true, direction: "reverse");
            yield return Rnn($"{op}-both", op, both: true, state: true);
            yield return Rnn($"{op}-both-lengths", op, both: true, lengths: mixed, state: true);
            yield return Rnn($"{op}-length-zero", op, lengths: withZero, state: true);
            yield return Rnn($"{op}-clip", op, state: true, attributes: [("clip", 0.4f)]);
            foreach (string f in new[] { "Relu", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign",
                "Softplus", "Affine" })
                yield return Rnn($"{op}-{f}", op, state: true,
                    attributes: [("activations", standard.Select((s, i) => i == standard.Length - 1 ? f : s).ToArray()),
                    ("activation_alpha", new[] { 0.7f }), ("activation_beta", new[] { 0.4f })]);
            yield return Rnn($"{op}-both-activations", op, both: true, attributes: [
                ("activations", standard.Select(_ => "HardSigmoid").Concat(standard.Select(_ => "LeakyRelu")).ToArray()),
                ("activation_alpha", Enumerable.Range(1, 2 * standard.Length).Select(i => 0.1f * i).ToArray()),
                ("activation_beta", Enumerable.Range(1, standard.Length).Select(i => 0.2f * i).ToArray())]);
            yield return Rnn($"{op}-default-arguments", op, attributes: [("activations", standard.Select(_ => "HardSigmoid").ToArray())]);
        }
        foreach (string f in new[] { "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "Elu", "Affine" })
            yield return Rnn($"RNN-{f}-default", "RNN", attributes: [("activations", new[] { f })]);
        foreach (bool both in new[] { false, true })
        {
            yield return Rnn($"LSTM-peepholes{(both ? "-both" : "")}", "LSTM", both, lengths: mixed, state: true, peepholes: true);
            yield return Rnn($"LSTM-input-forget{(both ? "-both" : "")}", "LSTM", both, state: true, peepholes: true,
                attributes: [("input_forget", 1)]);
            yield return Rnn($"GRU-after{(both ? "-both" : "")}", "GRU", both, lengths: mixed, state: true,
                attributes: [("linear_before_reset", 1)]);
        }
        yield return Rnn("LSTM-peepholes-clip", "LSTM", state: true, peepholes: true, attributes: [("clip", 0.3f)]);
        yield return Rnn("GRU-after-clip", "GRU", state: true, attributes: [("linear_before_reset", 1), ("clip", 0.3f)]);
        yield return Rnn("GRU-after-no-bias", "GRU", bias: false, attributes: [("linear_before_reset", 1)]);
    }
}
