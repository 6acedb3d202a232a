using System.Numerics;
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
        return call => call[0] is OnnxTensor<double> wide ? Wide(call, wide) : Single(call);

        OnnxTensor?[] Single(Call call)
        {
            OnnxTensor<float> x = call.Get<float>(0), y = call.New<float>(x.Sizes);
            int a = call.Axis(axis, x.Rank), n = OnnxTensor.Product(x.Sizes.AsSpan(a)), rows = n == 0 ? 0 : x.Count / n;
            float[] scale = Spread<float>(call, 1, x, a),
                bias = call.Optional(2) is null ? new float[scale.Length] : Spread<float>(call, 2, x, a);
            var moments = new RowMoments[rows];
            if (rows > 0) RowNorm.Forward(n, x.Values, scale, bias, epsilon, y.Values, moments);
            int[] sizes = [.. x.Sizes[..a], .. Enumerable.Repeat(1, x.Rank - a)];
            OnnxTensor<float> mean = call.New<float>(sizes), inverse = call.New<float>(sizes);
            for (int row = 0; row < rows; row++) (mean.Values[row], inverse.Values[row]) = (moments[row].Mean, moments[row].Inverse);
            return [y, mean, inverse];
        }

        OnnxTensor?[] Wide(Call call, OnnxTensor<double> x)
        {
            int a = call.Axis(axis, x.Rank), n = OnnxTensor.Product(x.Sizes.AsSpan(a));
            double[] scale = Spread<double>(call, 1, x, a),
                bias = call.Optional(2) is null ? new double[scale.Length] : Spread<double>(call, 2, x, a);
            return [Grouped(call, x, n, 1, scale, bias, epsilon)];
        }
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
            float[] scale = Spread<float>(call, 1, x, a);
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
    static T[] Spread<T>(Call call, int index, OnnxTensor x, int axis) where T : unmanaged
    {
        OnnxTensor<T> own = call.Get<T>(index);
        int[] sizes = x.Sizes[axis..];
        return Arithmetic.Broadcast(call, own.Sizes, sizes).AsSpan().SequenceEqual(sizes)
            ? ((OnnxTensor<T>)Arithmetic.Expand(call, own, sizes)).Values
            : throw call.Error($"expected input {index} to fit ({OnnxTensor.Text(sizes)}), got {own}");
    }

    /// <summary>
    /// Of each channel, the second axis, by running statistics; or in training, which a layer without such statistics exports too, by those
    /// of the batch, μ and v. Then the running ones m·running + (1 - m)·batch are given, too, and before opset 14 those of the batch.
    /// </summary>
    static Kernel BatchNormalization(Node node)
    {
        (float epsilon, float momentum) = (node.Real("epsilon", 1e-5f), node.Real("momentum", 0.9f));
        bool training = node.Opset >= 14 ? node.Flag("training_mode", false) : node.HasOutput(1);
        if (node.Opset < 9 && !node.Flag("spatial", true)) throw node.Error("spatial = 0 is not supported");
        return call => call[0] is OnnxTensor<double> ? Typed<double>(call) : Typed<float>(call);

        OnnxTensor?[] Typed<T>(Call call) where T : unmanaged, IFloatingPointIeee754<T>
        {
            OnnxTensor<T> x = Channels<T>(call, out int C, out int inner), y = call.New<T>(x.Sizes);
            double[][] given = [.. Enumerable.Range(1, 4)
                .Select(i => ((OnnxTensor<double>)Casting.To(call.Sized<T>(i, C), OnnxType.Double)).Values)];
            (double[] scale, double[] bias, double[] running, double[] runningVariance) = (given[0], given[1], given[2], given[3]);
            (double[] mean, double[] variance) = training ? Moments(x, C, inner) : (running, runningVariance);
            for (int row = 0; row < x.Count / Math.Max(1, inner); row++)
            {
                int c = row % C;
                double factor = scale[c] / Math.Sqrt(variance[c] + epsilon);
                for (int i = row * inner; i < (row + 1) * inner; i++)
                    y.Values[i] = T.CreateChecked((double.CreateChecked(x.Values[i]) - mean[c]) * factor + bias[c]);
            }
            return training ? [y, Mixed(running, mean, momentum), Mixed(runningVariance, variance, momentum), Mixed(mean, mean, 0),
                Mixed(variance, variance, 0)] : [y];

            OnnxTensor<T> Mixed(double[] old, double[] own, double m)
                => new([.. old.Zip(own, (a, b) => T.CreateChecked(a * m + b * (1 - m)))], [C]);
        }
    }

    /// <summary>Mean and variance of each channel of x (N, C, inner).</summary>
    static (double[] Mean, double[] Variance) Moments<T>(OnnxTensor<T> x, int C, int inner) where T : unmanaged, INumber<T>
    {
        (double[] mean, double[] variance) = (new double[C], new double[C]);
        int count = x.Count / Math.Max(1, C);
        for (int i = 0; i < x.Count; i++) mean[i / inner % C] += double.CreateChecked(x.Values[i]) / count;
        for (int i = 0; i < x.Count; i++)
        {
            double away = double.CreateChecked(x.Values[i]) - mean[i / inner % C];
            variance[i / inner % C] += away * away / count;
        }
        return (mean, variance);
    }

    /// <summary>Of each channel of each row by its own statistics.</summary>
    static Kernel InstanceNormalization(Node node)
    {
        float epsilon = node.Real("epsilon", 1e-5f);
        return call =>
        {
            OnnxTensor<float> x = Channels<float>(call, out int C, out int inner);
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
            OnnxTensor<float> x = Channels<float>(call, out int C, out int inner);
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
    static OnnxTensor<T> Grouped<T>(Call call, OnnxTensor<T> x, int n, int inner, T[] scale, T[] bias, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OnnxTensor<T> y = call.New<T>(x.Sizes);
        for (int first = 0; first < x.Count; first += n)
        {
            double mean = 0, variance = 0;
            for (int i = first; i < first + n; i++) mean += double.CreateChecked(x.Values[i]);
            mean /= n;
            for (int i = first; i < first + n; i++)
                variance += (double.CreateChecked(x.Values[i]) - mean) * (double.CreateChecked(x.Values[i]) - mean);
            double inverse = 1 / Math.Sqrt(variance / n + epsilon);
            for (int i = first; i < first + n; i++)
            {
                int c = i / inner % scale.Length;
                y.Values[i] = T.CreateChecked((double.CreateChecked(x.Values[i]) - mean) * inverse * double.CreateChecked(scale[c])
                    + double.CreateChecked(bias[c]));
            }
        }
        return y;
    }

    /// <summary>x (N, C, ...) with the number of values of a channel.</summary>
    static OnnxTensor<T> Channels<T>(Call call, out int C, out int inner) where T : unmanaged
    {
        OnnxTensor<T> x = call.Get<T>(0);
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
