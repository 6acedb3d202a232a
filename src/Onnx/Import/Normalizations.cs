using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>y = γ·(x - μ) / √(v + ε) + β, with the mean μ and the variance v given, or taken over some of the axes.</summary>
static class Normalizations
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("LayerNormalization", LayerNormalization), ("RMSNormalization", RootMeanSquare), ("BatchNormalization", BatchNormalization),
        ("InstanceNormalization", InstanceNormalization), ("GroupNormalization", GroupNormalization), ("LpNormalization", Length),
    ];

    /// <summary>Over all axes from one on; also gives μ and 1 / √(v + ε).</summary>
    static Kernel LayerNormalization(Node node)
    {
        (int axis, float epsilon) = (node.Integer("axis", -1), node.Real("epsilon", 1e-5f));
        node.Ignore("stash_type");
        return call =>
        {
            OnnxTensor<float> x = call.Get<float>(0), y = call.New<float>(x.Sizes);
            int a = call.Axis(axis, x.Rank), n = OnnxTensor.Product(x.Sizes.AsSpan(a)), rows = n == 0 ? 0 : x.Count / n;
            float[] scale = Spread(call, 1, x, a), bias = call.Optional(2) is null ? new float[scale.Length] : Spread(call, 2, x, a);
            var moments = new RowMoments[rows];
            if (rows > 0) RowNorm.Forward(n, x.Values, scale, bias, epsilon, y.Values, moments);
            int[] sizes = [.. x.Sizes[..a], .. Enumerable.Repeat(1, x.Rank - a)];
            OnnxTensor<float> mean = call.New<float>(sizes), inverse = call.New<float>(sizes);
            for (int row = 0; row < rows; row++) (mean.Values[row], inverse.Values[row]) = (moments[row].Mean, moments[row].Inverse);
            return [y, mean, inverse];
        };
    }

    /// <summary>y = γ·x / √(Σ x² / n + ε), over all axes from one on.</summary>
    static Kernel RootMeanSquare(Node node)
    {
        (int axis, float epsilon) = (node.Integer("axis", -1), node.Real("epsilon", 1e-5f));
        node.Ignore("stash_type");
        return call =>
        {
            OnnxTensor<float> x = call.Get<float>(0), y = call.New<float>(x.Sizes);
            int a = call.Axis(axis, x.Rank), n = OnnxTensor.Product(x.Sizes.AsSpan(a));
            float[] scale = Spread(call, 1, x, a);
            for (int first = 0; first < x.Count; first += n)
            {
                double sum = 0;
                for (int i = 0; i < n; i++) sum += (double)x.Values[first + i] * x.Values[first + i];
                double inverse = 1 / Math.Sqrt(sum / n + epsilon);
                for (int i = 0; i < n; i++) y.Values[first + i] = (float)(x.Values[first + i] * inverse) * scale[i];
            }
            return [y];
        };
    }

    /// <summary>An input broadcast to the axes of x from one on.</summary>
    static float[] Spread(Call call, int index, OnnxTensor x, int axis)
    {
        OnnxTensor<float> own = call.Get<float>(index);
        int[] sizes = x.Sizes[axis..];
        return Arithmetic.Broadcast(call, own.Sizes, sizes).AsSpan().SequenceEqual(sizes)
            ? ((OnnxTensor<float>)Arithmetic.Expand(call, own, sizes)).Values
            : throw call.Error($"expected input {index} to fit ({OnnxTensor.Text(sizes)}), got {own}");
    }

    /// <summary>Of each channel, the second axis, by running statistics.</summary>
    static Kernel BatchNormalization(Node node)
    {
        float epsilon = node.Real("epsilon", 1e-5f);
        node.Ignore("momentum");
        if (node.Flag("training_mode", false)) throw node.Error("training_mode is not supported");
        if (node.Opset < 9 && !node.Flag("spatial", true)) throw node.Error("spatial = 0 is not supported");
        return call =>
        {
            OnnxTensor<float> x = Channels(call, out int C, out int inner), y = call.New<float>(x.Sizes);
            float[] scale = call.Floats(1, C).Values, bias = call.Floats(2, C).Values;
            float[] mean = call.Floats(3, C).Values, variance = call.Floats(4, C).Values;
            for (int row = 0; row < x.Count / Math.Max(1, inner); row++)
            {
                int c = row % C;
                double factor = scale[c] / Math.Sqrt(variance[c] + epsilon);
                for (int i = row * inner; i < (row + 1) * inner; i++) y.Values[i] = (float)((x.Values[i] - (double)mean[c]) * factor + bias[c]);
            }
            return [y];
        };
    }

    /// <summary>Of each channel of each row by its own statistics.</summary>
    static Kernel InstanceNormalization(Node node)
    {
        float epsilon = node.Real("epsilon", 1e-5f);
        return call =>
        {
            OnnxTensor<float> x = Channels(call, out int C, out int inner);
            return [Grouped(call, x, inner, inner, call.Floats(1, C).Values, call.Floats(2, C).Values, epsilon)];
        };
    }

    /// <summary>Of each group of channels of each row; γ and β are of a group before opset 21 and of a channel since.</summary>
    static Kernel GroupNormalization(Node node)
    {
        (float epsilon, int groups) = (node.Real("epsilon", 1e-5f), node.Integer("num_groups", 0));
        node.Ignore("stash_type");
        return call =>
        {
            OnnxTensor<float> x = Channels(call, out int C, out int inner);
            if (groups < 1 || C % groups != 0) throw call.Error($"expected groups that divide {C} channels, got {groups}");
            float[] scale = call.Floats(1, -1).Values, bias = call.Floats(2, -1).Values;
            int each = C / groups;
            if (scale.Length != bias.Length || scale.Length != C && scale.Length != groups)
                throw call.Error($"expected a scale and a bias for {groups} groups or {C} channels, got {scale.Length} and {bias.Length}");
            if (scale.Length == groups && each > 1) (scale, bias) = (Repeat(scale), Repeat(bias));
            return [Grouped(call, x, each * inner, inner, scale, bias, epsilon)];

            float[] Repeat(float[] values) => [.. values.SelectMany(v => Enumerable.Repeat(v, each))];
        };
    }

    /// <summary>Normalises runs of n values, each of several channels of <paramref name="inner"/> values.</summary>
    static OnnxTensor<float> Grouped(Call call, OnnxTensor<float> x, int n, int inner, float[] scale, float[] bias, double epsilon)
    {
        OnnxTensor<float> y = call.New<float>(x.Sizes);
        for (int first = 0; first < x.Count; first += n)
        {
            double mean = 0, variance = 0;
            for (int i = first; i < first + n; i++) mean += x.Values[i];
            mean /= n;
            for (int i = first; i < first + n; i++) variance += (x.Values[i] - mean) * (x.Values[i] - mean);
            double inverse = 1 / Math.Sqrt(variance / n + epsilon);
            for (int i = first; i < first + n; i++)
            {
                int c = i / inner % scale.Length;
                y.Values[i] = (float)((x.Values[i] - mean) * inverse * scale[c] + bias[c]);
            }
        }
        return y;
    }

    /// <summary>x (N, C, ...) with the number of values of a channel.</summary>
    static OnnxTensor<float> Channels(Call call, out int C, out int inner)
    {
        OnnxTensor<float> x = call.Get<float>(0);
        if (x.Rank < 2) throw call.Error($"expected an input (batch, channels, ...), got {x}");
        C = x.Sizes[1];
        inner = OnnxTensor.Product(x.Sizes.AsSpan(2));
        return x;
    }

    /// <summary>x / (Σ |x|ᵖ)^(1/p) along an axis, for p of 1 or 2.</summary>
    static Kernel Length(Node node)
    {
        (int axis, int p) = (node.Integer("axis", -1), node.Integer("p", 2));
        if (p is not (1 or 2)) throw node.Error($"expected p to be 1 or 2, got {p}");
        return call =>
        {
            OnnxTensor<float> x = call.Get<float>(0), y = call.New<float>(x.Sizes);
            (int outer, int n, int inner) = Reductions.Around(x, call.Axis(axis, x.Rank));
            for (int row = 0; row < outer * inner; row++)
            {
                int first = row / inner * n * inner + row % inner, end = first + n * inner;
                double sum = 0;
                for (int i = first; i < end; i += inner) sum += p == 1 ? Math.Abs(x.Values[i]) : (double)x.Values[i] * x.Values[i];
                double length = p == 1 ? sum : Math.Sqrt(sum);
                for (int i = first; i < end; i += inner) y.Values[i] = length == 0 ? 0 : (float)(x.Values[i] / length);
            }
            return [y];
        };
    }
}
