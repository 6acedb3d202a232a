using NeuralCore.Onnx.Export;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

/// <summary>A graph of one node, all of whose inputs come from outside; an input that is null is left out.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Opset">Version of the operators.</param>
/// <param name="Op">The operator.</param>
/// <param name="Inputs">Values of the inputs.</param>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="Attributes">Attributes by name.</param>
sealed record OperatorCase(string Name, int Opset, string Op, OnnxTensor?[] Inputs, int Outputs, params (string Name, object Value)[] Attributes)
{
    /// <summary>The file; types of the outputs are those that a run gives.</summary>
    public byte[] Model()
    {
        Dictionary<string, OnnxTensor> values = OnnxModel.Read(Model(_ => OnnxType.Float), Name).Run(Given());
        return Model(output => values[output].Type);
    }

    byte[] Model(Func<string, OnnxType> type)
    {
        var graph = new GraphBuilder(Opset);
        graph.Node(Op, Outputs, [.. Inputs.Select((x, i) => x is null ? "" : graph.Input($"in{i}", x.Type, [.. x.Shape]))], Attributes);
        for (int i = 0; i < Outputs; i++)
        {
            string name = graph.Graph.Node[0].Output[i] = $"out{i}";
            graph.Graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type(name) } } });
        }
        return Google.Protobuf.MessageExtensions.ToByteArray(new ModelProto
        {
            IrVersion = Opset switch { < 11 => 5, < 15 => 7, < 19 => 8, < 21 => 9, < 23 => 10, _ => 11 },
            Graph = graph.Graph,
            OpsetImport = { new OperatorSetIdProto { Version = Opset } },
        });
    }

    /// <summary>The inputs by name.</summary>
    public Dictionary<string, OnnxTensor> Given()
        => Inputs.Select((x, i) => (x, i)).Where(p => p.x is not null).ToDictionary(p => $"in{p.i}", p => p.x!);
}

static class OperatorCases
{
    static OnnxTensor<float> F(ulong stream, params int[] sizes) => F(stream, 1, sizes);

    static OnnxTensor<float> F(ulong stream, float scale, int[] sizes)
    {
        var random = new CounterRandom(11, stream);
        var values = new float[sizes.Aggregate(1, (p, s) => p * s)];
        foreach (ref float v in values.AsSpan()) v = scale * (float)random.NextNormal();
        return OnnxTensor.From(values, sizes);
    }

    static OnnxTensor<double> D(ulong stream, params int[] sizes) => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => v + v * 1e-9)], sizes);

    static OnnxTensor<float> Positive(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => Math.Abs(v) + 0.1f)], sizes);

    static OnnxTensor<float> Unit(ulong stream, params int[] sizes) => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (float)Math.Tanh(v))], sizes);

    static OnnxTensor<long> L(params long[] values) => OnnxTensor.From(values, values.Length);

    static OnnxTensor<long> Scalar(long value) => OnnxTensor.From([value]);

    static OnnxTensor<bool> Truth(ulong stream, params int[] sizes) => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => v > 0)], sizes);

    const int T = 6, B = 4, I = 3, H = 5;

    /// <summary>Recurrent nodes: x, W, R, b, lengths, h0, c0, peepholes, as far as asked for.</summary>
    static OperatorCase Rnn(string name, string op, bool both = false, bool bias = true, int[]? lengths = null, bool state = false, bool peepholes = false,
        string? direction = null, params (string, object)[] attributes)
    {
        (int D, int G) = (both ? 2 : 1, op == "LSTM" ? 4 : op == "GRU" ? 3 : 1);
        List<OnnxTensor?> inputs =
        [
            F(1, T, B, I), F(2, 0.6f, [D, G * H, I]), F(3, 0.6f, [D, G * H, H]), bias ? F(4, 0.5f, [D, 2 * G * H]) : null,
            lengths is null ? null : OnnxTensor.From(lengths, B), state ? F(5, D, B, H) : null,
        ];
        if (op == "LSTM") inputs.AddRange([state ? F(6, D, B, H) : null, peepholes ? F(7, 0.5f, [D, 3 * H]) : null]);
        while (inputs[^1] is null) inputs.RemoveAt(inputs.Count - 1);
        return new OperatorCase(name, 14, op, [.. inputs], op == "LSTM" ? 3 : 2, [("hidden_size", H), ("direction", direction ?? (both ? "bidirectional" : "forward")), .. attributes]);
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
            foreach (string f in new[] { "Relu", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus", "Affine" })
                yield return Rnn($"{op}-{f}", op, state: true, attributes: [("activations", standard.Select((s, i) => i == standard.Length - 1 ? f : s).ToArray()),
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
            yield return Rnn($"LSTM-input-forget{(both ? "-both" : "")}", "LSTM", both, state: true, peepholes: true, attributes: [("input_forget", 1)]);
            yield return Rnn($"GRU-after{(both ? "-both" : "")}", "GRU", both, lengths: mixed, state: true, attributes: [("linear_before_reset", 1)]);
        }
        yield return Rnn("LSTM-peepholes-clip", "LSTM", state: true, peepholes: true, attributes: [("clip", 0.3f)]);
        yield return Rnn("GRU-after-clip", "GRU", state: true, attributes: [("linear_before_reset", 1), ("clip", 0.3f)]);
        yield return Rnn("GRU-after-no-bias", "GRU", bias: false, attributes: [("linear_before_reset", 1)]);
    }

    static IEnumerable<OperatorCase> ElementByElement()
    {
        OnnxTensor<float> x = F(20, 3, 4), y = F(21, 4), positive = Positive(22, 3, 4), unit = Unit(23, 3, 4);
        foreach (string op in new[] { "Relu", "Tanh", "Sigmoid", "Exp", "Erf", "Floor", "Ceil", "Round", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh",
            "Softplus", "Softsign", "LeakyRelu", "ThresholdedRelu", "Elu", "Celu", "Selu", "HardSigmoid", "Abs", "Neg", "Sign", "Reciprocal", "Identity" })
            yield return new(op, 13, op, [x], 1);
        foreach (string op in new[] { "Sqrt", "Log" }) yield return new(op, 13, op, [positive], 1);
        foreach (string op in new[] { "Asin", "Acos", "Atanh" }) yield return new(op, 13, op, [unit], 1);
        yield return new("Acosh", 13, "Acosh", [OnnxTensor.From([.. positive.Values.Select(v => v + 1)], 3, 4)], 1);
        yield return new("HardSwish", 14, "HardSwish", [x], 1);
        yield return new("Mish", 18, "Mish", [x], 1);
        yield return new("Gelu", 20, "Gelu", [x], 1);
        yield return new("Gelu-tanh", 20, "Gelu", [x], 1, ("approximate", "tanh"));
        yield return new("Elu-alpha", 13, "Elu", [x], 1, ("alpha", 0.3f));
        yield return new("Selu-given", 13, "Selu", [x], 1, ("alpha", 0.3f), ("gamma", 1.7f));
        yield return new("IsNaN", 13, "IsNaN", [OnnxTensor.From([1, float.NaN, float.PositiveInfinity], 3)], 1);
        yield return new("IsInf", 13, "IsInf", [OnnxTensor.From([1, float.NegativeInfinity, float.PositiveInfinity], 3)], 1, ("detect_negative", 0));
        foreach (string op in new[] { "Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum" })
            yield return new($"{op}-broadcast", 13, op, [x, y], 1);
        foreach (string op in new[] { "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal" }) yield return new(op, 16, op, [x, y], 1);
        foreach (string op in new[] { "Add", "Sub", "Mul", "Div" })
            yield return new($"{op}-integers", 14, op, [OnnxTensor.From([7L, -7, 9], 3, 1), L(2, -3)], 1);
        yield return new("Mod", 13, "Mod", [L(7, -7, 7, -7), L(3, 3, -3, -3)], 1);
        yield return new("Mod-fmod", 13, "Mod", [x, y], 1, ("fmod", 1));
        yield return new("Pow-2", 13, "Pow", [x, OnnxTensor.From([2f])], 1);
        yield return new("Pow", 13, "Pow", [positive, y], 1);
        yield return new("Pow-integers", 13, "Pow", [L(2, 3, -4), L(3, 2, 3)], 1);
        yield return new("PRelu", 16, "PRelu", [x, y], 1);
        yield return new("Where", 16, "Where", [Truth(24, 3, 1), x, y], 1);
        foreach (string op in new[] { "And", "Or", "Xor" }) yield return new(op, 13, op, [Truth(25, 3, 4), Truth(26, 4)], 1);
        yield return new("Not", 13, "Not", [Truth(25, 3, 4)], 1);
        yield return new("Clip-old", 9, "Clip", [x], 1, ("min", -0.5f), ("max", 0.7f));
        yield return new("Clip", 13, "Clip", [x, OnnxTensor.From([-0.5f]), OnnxTensor.From([0.7f])], 1);
        yield return new("Clip-above", 13, "Clip", [x, null, OnnxTensor.From([0.7f])], 1);
        yield return new("Cast-down", 13, "Cast", [OnnxTensor.From([1.7f, -1.7f, 0f, 250.4f], 4)], 1, ("to", 7));
        yield return new("Cast-bool", 13, "Cast", [OnnxTensor.From([1.7f, -1.7f, 0f], 3)], 1, ("to", 9));
        yield return new("Cast-of-bool", 13, "Cast", [Truth(25, 3, 4)], 1, ("to", 1));
    }

    static IEnumerable<OperatorCase> AlongAxes()
    {
        OnnxTensor<float> x = F(30, 2, 3, 4), positive = Positive(31, 2, 3, 4);
        foreach (string op in new[] { "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" })
        {
            yield return new($"{op}-old", 13, op, [positive], 1, ("axes", new long[] { 0, -1 }), ("keepdims", 0));
            yield return new(op, 18, op, [positive, L(1)], 1);
            yield return new($"{op}-all", 18, op, [positive], 1, ("keepdims", 0));
        }
        yield return new("ReduceSum-old", 11, "ReduceSum", [x], 1, ("axes", new long[] { 1 }));
        yield return new("ReduceSum", 13, "ReduceSum", [x, L(0, 2)], 1, ("keepdims", 0));
        yield return new("ReduceSum-integers", 13, "ReduceSum", [OnnxTensor.From([1L, 2, 3, 4], 2, 2), L(0)], 1);
        yield return new("ReduceSum-none", 13, "ReduceSum", [x, OnnxTensor.From<long>([], 0)], 1, ("noop_with_empty_axes", 1));
        yield return new("ArgMax", 13, "ArgMax", [x], 1, ("axis", 1));
        yield return new("ArgMin-last", 13, "ArgMin", [OnnxTensor.From([1f, 0, 0, 2, 2, 2], 2, 3)], 1, ("axis", -1), ("keepdims", 0), ("select_last_index", 1));
        yield return new("GlobalAveragePool", 13, "GlobalAveragePool", [x], 1);
        yield return new("GlobalMaxPool", 13, "GlobalMaxPool", [F(37, 2, 3, 2, 2)], 1);
        yield return new("TopK", 11, "TopK", [x, L(2)], 2, ("axis", 1));
        yield return new("TopK-smallest", 11, "TopK", [OnnxTensor.From([1f, 0, 0, 2, 2, 1], 2, 3), L(2)], 2, ("largest", 0));
        yield return new("NonZero", 13, "NonZero", [Truth(38, 3, 4)], 1);
        yield return new("CumSum", 14, "CumSum", [x, Scalar(1)], 1);
        yield return new("CumSum-back", 14, "CumSum", [x, Scalar(-1)], 1, ("exclusive", 1), ("reverse", 1));
        foreach (string op in new[] { "Softmax", "LogSoftmax" })
        {
            yield return new($"{op}-old", 11, op, [x], 1);
            yield return new($"{op}-old-last", 11, op, [x], 1, ("axis", 2));
            yield return new(op, 13, op, [x], 1);
            yield return new($"{op}-middle", 13, op, [x], 1, ("axis", 1));
        }
        yield return new("Softmax-double", 13, "Softmax", [D(31, 2, 3, 4)], 1, ("axis", 1));
        yield return new("LayerNormalization", 17, "LayerNormalization", [x, F(32, 4), F(33, 4)], 3);
        yield return new("LayerNormalization-two", 17, "LayerNormalization", [x, F(32, 3, 4)], 1, ("axis", 1), ("epsilon", 0.01f));
        yield return new("RMSNormalization", 23, "RMSNormalization", [x, F(32, 4)], 1);
        foreach (int opset in new[] { 8, 9, 15 })
            yield return new($"BatchNormalization-{opset}", opset, "BatchNormalization", [x, F(32, 3), F(33, 3), F(34, 3), Positive(35, 3)], 1, ("epsilon", 0.01f));
        yield return new("InstanceNormalization", 13, "InstanceNormalization", [x, F(32, 3), F(33, 3)], 1);
        yield return new("GroupNormalization", 21, "GroupNormalization", [F(36, 2, 4, 3), F(32, 4), F(33, 4)], 1, ("num_groups", 2));
        yield return new("LpNormalization", 13, "LpNormalization", [x], 1, ("axis", 1), ("p", 1));
    }

    static IEnumerable<OperatorCase> Products()
    {
        foreach ((int[] a, int[] b) in new (int[], int[])[]
            { ([3, 4], [4, 5]), ([2, 3, 4], [4, 5]), ([2, 1, 3, 4], [5, 4, 2]), ([4], [4, 3]), ([3, 4], [4]), ([4], [4]), ([4], [2, 4, 3]), ([1, 3, 4], [2, 4, 2]), ([2, 3, 4], [1, 4, 2]) })
            yield return new($"MatMul-{string.Join('x', a)}-{string.Join('x', b)}", 13, "MatMul", [F(40, a), F(41, b)], 1);
        yield return new("Gemm", 13, "Gemm", [F(40, 3, 4), F(41, 4, 5), F(42, 5)], 1);
        yield return new("Gemm-turned", 13, "Gemm", [F(40, 4, 3), F(41, 5, 4), F(42, 3, 1)], 1, ("transA", 1), ("transB", 1), ("alpha", 0.5f), ("beta", 2f));
        yield return new("Gemm-two", 11, "Gemm", [F(40, 3, 4), F(41, 4, 5)], 1);
    }

    static IEnumerable<OperatorCase> Forms()
    {
        OnnxTensor<float> x = F(50, 2, 3, 4);
        yield return new("Shape", 15, "Shape", [x], 1);
        yield return new("Shape-part", 15, "Shape", [x], 1, ("start", -2), ("end", 5));
        yield return new("Size", 13, "Size", [x], 1);
        yield return new("Reshape", 13, "Reshape", [x, L(0, -1)], 1);
        yield return new("Flatten", 13, "Flatten", [x], 1, ("axis", 2));
        yield return new("Flatten-end", 13, "Flatten", [x], 1, ("axis", 3));
        yield return new("Squeeze-old", 11, "Squeeze", [F(51, 1, 3, 1)], 1, ("axes", new long[] { 0 }));
        yield return new("Squeeze", 13, "Squeeze", [F(51, 1, 3, 1), L(-1)], 1);
        yield return new("Squeeze-all", 13, "Squeeze", [F(51, 1, 3, 1)], 1);
        yield return new("Unsqueeze-old", 11, "Unsqueeze", [x], 1, ("axes", new long[] { 0, 3 }));
        yield return new("Unsqueeze", 13, "Unsqueeze", [x, L(-1, 1)], 1);
        yield return new("Transpose", 13, "Transpose", [x], 1, ("perm", new long[] { 1, 2, 0 }));
        yield return new("Transpose-reversed", 13, "Transpose", [x], 1);
        yield return new("Expand", 13, "Expand", [F(52, 3, 1), L(2, 1, 4)], 1);
        yield return new("Concat", 13, "Concat", [x, F(53, 2, 1, 4)], 1, ("axis", 1));
        yield return new("Tile", 13, "Tile", [F(52, 3, 2), L(2, 3)], 1);
        yield return new("Slice-old", 9, "Slice", [x], 1, ("starts", new long[] { 1, -3 }), ("ends", new long[] { 9, -1 }), ("axes", new long[] { 1, 2 }));
        yield return new("Slice", 13, "Slice", [x, L(0, 3), L(2, -9), L(1, 2), L(2, -2)], 1);
        yield return new("Slice-empty", 13, "Slice", [x, L(2), L(1), L(1)], 1);
        yield return new("Slice-back", 13, "Slice", [x, L(-1), L(long.MinValue), L(2), L(-1)], 1);
        yield return new("Split-old", 11, "Split", [x], 2, ("axis", 2), ("split", new long[] { 1, 3 }));
        yield return new("Split", 13, "Split", [x, L(2, 1)], 2, ("axis", 1));
        yield return new("Split-equal", 13, "Split", [x], 2, ("axis", 2));
        yield return new("Split-uneven", 18, "Split", [F(54, 7)], 3, ("num_outputs", 3));
        yield return new("Pad-old", 9, "Pad", [x], 1, ("pads", new long[] { 0, 1, 0, 0, 0, 2 }), ("value", 1.5f));
        yield return new("Pad", 13, "Pad", [x, L(1, 0, -1, 0, 2, 0), OnnxTensor.From([7f])], 1);
        yield return new("Pad-reflect", 13, "Pad", [x, L(0, 2, 1, 0, 1, 3)], 1, ("mode", "reflect"));
        yield return new("Pad-edge-axes", 18, "Pad", [x, L(2, 1), null, L(1)], 1, ("mode", "edge"));
        yield return new("Trilu", 14, "Trilu", [x], 1);
        yield return new("Trilu-lower", 14, "Trilu", [x, Scalar(-1)], 1, ("upper", 0));
        yield return new("ConstantOfShape", 13, "ConstantOfShape", [L(2, 3)], 1, ("value", OnnxFile.Message<long>("", [7], 1)));
        yield return new("Range", 13, "Range", [Scalar(10), Scalar(2), Scalar(-3)], 1);
        yield return new("Range-floats", 13, "Range", [OnnxTensor.From([0.5f]), OnnxTensor.From([2f]), OnnxTensor.From([0.4f])], 1);
        yield return new("EyeLike", 13, "EyeLike", [F(55, 3, 4)], 1, ("k", 1));
        yield return new("Gather", 13, "Gather", [x, OnnxTensor.From([0L, -1, 1, 2], 2, 2)], 1, ("axis", 1));
        yield return new("Gather-one", 13, "Gather", [x, Scalar(-1)], 1, ("axis", 2));
        yield return new("GatherElements", 13, "GatherElements", [x, OnnxTensor.From([0L, 3, -1, 1, 2, 2], 1, 3, 2)], 1, ("axis", 2));
        yield return new("GatherND", 13, "GatherND", [x, OnnxTensor.From([0L, 2, 1, -1], 2, 2)], 1);
        yield return new("GatherND-batch", 13, "GatherND", [x, OnnxTensor.From([2L, 1], 2, 1)], 1, ("batch_dims", 1));
        yield return new("ScatterND", 16, "ScatterND", [x, OnnxTensor.From([0L, 2, 1, -1], 2, 2), F(56, 2, 4)], 1);
        yield return new("OneHot", 13, "OneHot", [L(0, 2, -1, 5), Scalar(3), OnnxTensor.From([0.5f, 2], 2)], 1, ("axis", 0));
        yield return new("Dropout", 13, "Dropout", [x, OnnxTensor.From([0.5f])], 2);
    }

    static IEnumerable<OperatorCase> Attention()
    {
        OnnxTensor<float> q = F(60, 2, 4, 3, 8), k = F(61, 2, 4, 5, 8), v = F(62, 2, 4, 5, 6);
        yield return new("Attention", 23, "Attention", [q, k, v], 1);
        yield return new("Attention-flat", 23, "Attention", [F(60, 2, 3, 8), F(61, 2, 5, 8), F(62, 2, 5, 12)], 1, ("q_num_heads", 2), ("kv_num_heads", 2));
        yield return new("Attention-shared", 23, "Attention", [q, F(61, 2, 2, 5, 8), F(62, 2, 2, 5, 6)], 1);
        yield return new("Attention-causal", 23, "Attention", [q, k, v], 1, ("is_causal", 1));
        yield return new("Attention-causal-square", 23, "Attention", [q, F(61, 2, 4, 3, 8), F(62, 2, 4, 3, 6)], 1, ("is_causal", 1), ("scale", 0.3f));
        yield return new("Attention-mask", 23, "Attention", [q, k, v, F(63, 3, 5)], 1);
        yield return new("Attention-mask-truth", 23, "Attention", [q, k, v, OnnxTensor.From([.. Truth(64, 2, 1, 3, 5).Values.Select((t, i) => t || i % 5 == 0)], 2, 1, 3, 5)], 1);
        yield return new("Attention-softcap", 23, "Attention", [q, k, v, F(63, 3, 5)], 1, ("softcap", 0.8f));
        yield return new("Attention-past", 23, "Attention", [q, k, v, null, F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 3);
        yield return new("Attention-past-causal", 23, "Attention", [q, F(61, 2, 4, 3, 8), F(62, 2, 4, 3, 6), null, F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 3, ("is_causal", 1));
        for (int mode = 0; mode < 4; mode++)
            yield return new($"Attention-shows-{mode}", 23, "Attention", [q, k, v, F(63, 3, 7), F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 4,
                ("qk_matmul_output_mode", mode), ("softcap", 2f));
    }

    static OnnxTensor<byte> Bytes(ulong stream, params int[] sizes) => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (byte)Math.Clamp(128 + 60 * v, 0, 255))], sizes);

    static OnnxTensor<sbyte> Signed(ulong stream, params int[] sizes) => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (sbyte)Math.Clamp(25 * v, -63, 63))], sizes);

    static IEnumerable<OperatorCase> Quantised()
    {
        OnnxTensor<byte> zero = OnnxTensor.From([(byte)128]);
        yield return new("MatMul-double", 13, "MatMul", [D(40, 2, 1, 3, 4), D(41, 5, 4, 2)], 1);
        yield return new("MatMulInteger", 13, "MatMulInteger", [Bytes(70, 3, 7), Bytes(71, 7, 19), zero, zero], 1);
        yield return new("MatMulInteger-rows", 13, "MatMulInteger", [Bytes(70, 2, 3, 7), Bytes(71, 7, 5), zero, OnnxTensor.From<byte>([1, 2, 3, 4, 250], 5)], 1);
        yield return new("MatMulInteger-many", 13, "MatMulInteger", [Bytes(70, 2, 3, 7), Bytes(71, 2, 7, 5), zero], 1);
        yield return new("MatMulInteger-signed", 13, "MatMulInteger", [Bytes(70, 3, 7), Signed(71, 7, 4), zero], 1);
        yield return new("ReverseSequence", 10, "ReverseSequence", [F(72, 4, 3, 2), L(2, 4, 1)], 1, ("time_axis", 0), ("batch_axis", 1));
        yield return new("ReverseSequence-batch", 10, "ReverseSequence", [F(72, 3, 4), L(2, 4, 1)], 1, ("time_axis", 1), ("batch_axis", 0));
    }

    static GraphProto Body(string inputs, string outputs, params NodeProto[] nodes)
    {
        var graph = new GraphProto { Name = "body" };
        graph.Input.AddRange(Ports(inputs));
        graph.Output.AddRange(Ports(outputs));
        graph.Node.AddRange(nodes);
        return graph;

        // Names, those of single truth values with a question mark, of single whole numbers with a hash.
        static IEnumerable<ValueInfoProto> Ports(string names) => names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = name[^1] switch
                {
                    '?' => new() { ElemType = (int)OnnxType.Bool, Shape = new() },
                    '#' => new() { ElemType = (int)OnnxType.Int64, Shape = new() },
                    _ => new() { ElemType = (int)OnnxType.Float },
                },
            },
        });
    }

    static NodeProto Node(string op, string inputs, string output, int to = 0)
    {
        var node = new NodeProto { OpType = op, Name = output + "/" + op, Output = { output } };
        node.Input.AddRange(inputs.Split(' '));
        if (to > 0) node.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = to });
        return node;
    }

    static IEnumerable<OperatorCase> Bodies()
    {
        // Bodies of loops and branches read in0 and in2 from the graph around them.
        OnnxTensor<float> h = F(80, 2, 3), x = F(81, 5, 2, 3), factor = F(82, 3);
        GraphProto scan = Body("h v", "next y more", Node("Tanh", "h", "kept"), Node("Add", "kept v", "next"), Node("Sin", "next", "y"), Node("Neg", "v", "more"));
        yield return new("Scan", 17, "Scan", [h, x], 3, ("body", scan), ("num_scan_inputs", 1));
        yield return new("Scan-backwards", 11, "Scan", [h, x], 3, ("body", scan), ("num_scan_inputs", 1),
            ("scan_input_directions", new long[] { 1 }), ("scan_output_directions", new long[] { 1, 0 }));
        yield return new("Scan-axes", 17, "Scan", [h, F(81, 2, 5, 3)], 3, ("body", scan), ("num_scan_inputs", 1), ("scan_input_axes", new long[] { 1 }),
            ("scan_output_axes", new long[] { 1, -1 }));
        yield return new("Loop-count", 17, "Loop", [Scalar(4), null, factor], 2,
            ("body", Body("i# on? s", "go? next y", Node("Identity", "on?", "go?"), Node("Add", "s in2", "next"), Node("Exp", "s", "y"))));
        yield return new("Loop-while", 17, "Loop", [null, OnnxTensor.From([true]), OnnxTensor.From([1f])], 2,
            ("body", Body("i# on? s", "go? next y#", Node("Add", "s s", "next"), Node("Add", "in2 in2", "two"), Node("Mul", "two two", "four"),
                Node("Mul", "four four", "sixteen"), Node("Less", "next sixteen", "go?"), Node("Add", "i# i#", "y#"))));
        foreach (bool yes in new[] { false, true })
            yield return new($"If-{(yes ? "then" : "else")}", 17, "If", [OnnxTensor.From([yes])], 1,
                ("then_branch", Body("", "a", Node("Cast", "in0", "a", to: 1))),
                ("else_branch", Body("", "b", Node("Cast", "in0", "c", to: 1),
                    Node("Cos", "c", "b"))));
    }

    static IEnumerable<OperatorCase> Windowed()
    {
        foreach ((string name, string equation, int[] b) in new[] { ("product", "bij,bjk->bik", [3, 5, 2]), ("turned", "bij, bkj -> bik", [3, 2, 5]),
            ("sum", "bij,bij->", [3, 4, 5]), ("implicit", "bij,bjk", [3, 5, 2]), ("ellipsis", "...ij,jk->k...i", new[] { 5, 2 }), ("ellipses", "...ij,...j", [1, 3, 5]) })
            yield return new($"Einsum-{name}", 13, "Einsum", [name == "ellipses" ? F(90, 2, 3, 4, 5) : F(90, 3, 4, 5), F(91, b)], 1, ("equation", equation));
        yield return new("Einsum-diagonal", 13, "Einsum", [F(90, 4, 4, 2)], 1, ("equation", "iij -> j"));
        yield return new("Einsum-three", 13, "Einsum", [F(90, 3, 4), F(91, 4, 2), F(92, 3)], 1, ("equation", "ab,bc,a->ca"));

        OnnxTensor<float> line = F(93, 2, 4, 11), plane = F(94, 2, 4, 7, 6);
        yield return new("Conv-line", 13, "Conv", [line, F(95, 6, 4, 3), F(96, 6)], 1, ("kernel_shape", new long[] { 3 }), ("pads", new long[] { 2, 0 }), ("dilations", new long[] { 2 }));
        yield return new("Conv-plane", 13, "Conv", [plane, F(95, 6, 4, 3, 2)], 1, ("strides", new long[] { 2, 1 }), ("pads", new long[] { 1, 0, 1, 1 }));
        yield return new("Conv-groups", 13, "Conv", [plane, F(95, 6, 2, 3, 3), F(96, 6)], 1, ("group", 2));
        foreach (string auto in new[] { "SAME_UPPER", "SAME_LOWER", "VALID" })
        {
            yield return new($"Conv-{auto}", 13, "Conv", [plane, F(95, 3, 4, 4, 2)], 1, ("auto_pad", auto), ("strides", new long[] { 2, 2 }));
            yield return new($"MaxPool-{auto}", 12, "MaxPool", [plane], 1, ("auto_pad", auto), ("strides", new long[] { 2, 2 }), ("kernel_shape", new long[] { 3, 2 }));
        }
        yield return new("MaxPool-line", 12, "MaxPool", [line], 1, ("kernel_shape", new long[] { 3 }), ("strides", new long[] { 3 }), ("ceil_mode", 1), ("pads", new long[] { 1, 1 }));
        yield return new("MaxPool-dilated", 12, "MaxPool", [plane], 1, ("kernel_shape", new long[] { 2, 3 }), ("dilations", new long[] { 3, 2 }));
        foreach (int counted in new[] { 0, 1 })
            yield return new($"AveragePool-{(counted == 1 ? "counted" : "not-counted")}", 13, "AveragePool", [plane], 1, ("kernel_shape", new long[] { 3, 3 }),
                ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }), ("count_include_pad", counted));
    }

    /// <summary>All cases.</summary>
    public static IReadOnlyList<OperatorCase> All { get; } =
        [.. Recurrent(), .. ElementByElement(), .. AlongAxes(), .. Products(), .. Forms(), .. Attention(), .. Quantised(), .. Bodies(), .. Windowed()];
}
