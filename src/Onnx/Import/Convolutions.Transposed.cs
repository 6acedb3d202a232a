using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

static partial class Convolutions
{
    /// <summary>
    /// y[b, o] = bias[o] + Σ_c x[b, c] spread by w[c, o]: each value goes, times each tap, to where a convolution from y to x would have
    /// read it. The channels are in groups: for each of them a matrix product, whose windows are added up.
    /// </summary>
    static Kernel Transposed(Node node)
    {
        (Window window, int groups, int[]? more) = (Read(node), node.Integer("group", 1), Numbers(node, "output_padding", 0));
        if (window.Auto is not ("NOTSET" or "VALID")) throw node.Error($"auto_pad {window.Auto} is not supported");
        return call =>
        {
            (OnnxTensor<float> x, OnnxTensor<float> w) = (call.Get<float>(0), call.Get<float>(1));
            if (x.Rank < 3 || w.Rank != x.Rank || groups < 1 || w.Sizes[0] != x.Sizes[1] || w.Sizes[0] % groups != 0
                || window.Kernel is not null && !window.Kernel.AsSpan().SequenceEqual(w.Sizes.AsSpan(2)))
                throw call.Error($"expected weights for {x} in {groups} groups, got {w}");
            (int B, int C, int O) = (x.Sizes[0], w.Sizes[0] / groups, w.Sizes[1]);
            Places places = Grown(call, window, x.Sizes[2..], w.Sizes[2..], more);
            OnnxTensor<float> y = call.New<float>([B, checked(O * groups), .. places.Input]);
            OnnxTensor<float>? bias = call.OptionalFloats(2, O * groups);
            if (y.Count == 0) return [y];
            (int taps, int positions, int inner) = (places.Taps, places.Positions, OnnxTensor.Product(places.Input));
            call.Budget.TakeOperations((double)B * w.Count * positions + (double)taps * positions);
            int[] at = AllPlaces(call, places);
            float[] columns = call.New<float>(O, taps, positions).Values;
            for (int part = 0; part < B * groups && columns.Length > 0 && C > 0; part++)
            {
                Gemm.Multiply(O * taps, positions, C, ref w.Values[part % groups * C * O * taps], 1, O * taps,
                    ref x.Values[part * C * positions], positions, 1, ref columns[0], positions, accumulate: false);
                for (int o = 0; o < O; o++)
                {
                    Span<float> channel = y.Values.AsSpan((part * O + o) * inner, inner);
                    for (int i = 0; i < at.Length; i++)
                        if (at[i] >= 0) channel[at[i]] += columns[o * at.Length + i];
                }
            }
            AddBias(y, bias, inner);
            return [y];
        };
    }

    /// <summary>The window of the convolution that leads back: its input is what the transposed one gives.</summary>
    static Places Grown(Call call, Window window, int[] positions, int[] kernel, int[]? more)
    {
        int n = positions.Length;
        int[] ones = [.. Enumerable.Repeat(1, n)], stride = window.Strides ?? ones, dilation = window.Dilations ?? ones;
        int[] pads = window.Auto == "NOTSET" && window.Pads is { } given ? given : new int[2 * n], extra = more ?? new int[n];
        if (kernel.Length != n || stride.Length != n || dilation.Length != n || pads.Length != 2 * n || extra.Length != n)
            throw call.Error($"expected a window over {n} axes, got kernel ({OnnxTensor.Text(kernel)})");
        int[] sizes = [.. positions.Select((count, axis) =>
        {
            double size = stride[axis] * (count - 1.0) + (kernel[axis] - 1.0) * dilation[axis] + 1 + extra[axis] - pads[axis]
                - pads[n + axis];
            return size is >= 0 and <= int.MaxValue ? (int)size
                : throw call.Error($"expected a possible size of axis {axis + 2}, got {size}");
        })];
        return new(sizes, kernel, positions, stride, dilation, pads[..n],
            [.. Enumerable.Range(0, n).Select(axis => pads[axis] + pads[n + axis])]);
    }
}
