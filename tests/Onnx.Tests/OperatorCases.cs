namespace NeuralCore.Onnx.Tests;

/// <summary>Cases of all operators, by kind.</summary>
static partial class OperatorCases
{
    static OnnxTensor<float> F(ulong stream, params int[] sizes) => F(stream, 1, sizes);

    static OnnxTensor<float> F(ulong stream, float scale, int[] sizes)
    {
        var random = new CounterRandom(11, stream);
        var values = new float[sizes.Aggregate(1, (p, s) => p * s)];
        foreach (ref float v in values.AsSpan()) v = scale * (float)random.NextNormal();
        return OnnxTensor.From(values, sizes);
    }

    static OnnxTensor<float> Positive(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => Math.Abs(v) + 0.1f)], sizes);

    static OnnxTensor<float> Unit(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (float)Math.Tanh(v))], sizes);

    static OnnxTensor<double> D(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => v * 1.000000123)], sizes);

    static OnnxTensor<long> Whole(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (long)(10 * v))], sizes);

    static OnnxTensor<int> Short(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (int)(10 * v))], sizes);

    static OnnxTensor<long> L(params long[] values) => OnnxTensor.From(values, values.Length);

    static OnnxTensor<long> Scalar(long value) => OnnxTensor.From([value]);

    static OnnxTensor<bool> Truth(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => v > 0)], sizes);

    /// <summary>All cases.</summary>
    public static IReadOnlyList<OperatorCase> All { get; } =
        [.. Recurrent(), .. ElementByElement(), .. AlongAxes(), .. Products(), .. Forms(), .. Placed(), .. Attention(), .. Quantised(),
            .. Bodies(), .. Sequences(), .. Windowed(), .. Resized()];
}
