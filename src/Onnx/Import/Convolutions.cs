using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>Operators that slide a window over spatial axes, any number of them: x (B, C, spatial...), y (B, ·, positions...).</summary>
static partial class Convolutions
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Conv", Convolve), ("ConvTranspose", Transposed), ("MaxPool", n => Pool(n, mean: false)),
        ("AveragePool", n => Pool(n, mean: true)),
    ];

    /// <summary>The attributes of a window; null: as the input has it.</summary>
    sealed record Window(int[]? Kernel, int[]? Strides, int[]? Dilations, int[]? Pads, string Auto, bool Ceiling);

    static Window Read(Node node) => new(Numbers(node, "kernel_shape", 1), Numbers(node, "strides", 1), Numbers(node, "dilations", 1),
        Numbers(node, "pads", 0), node.Text("auto_pad", "NOTSET"), node.Flag("ceil_mode", false));

    static int[]? Numbers(Node node, string name, int least) => node.Integers(name) is not { } given ? null
        : given.All(v => v >= least && v <= 1 << 24) ? [.. given.Select(v => (int)v)]
            : throw node.Error($"attribute '{name}': expected whole numbers of at least {least}, got {string.Join(", ", given)}");

    /// <summary>
    /// Where a window stands: for each spatial axis the sizes of input, kernel and output, and what leads from one to the other.
    /// </summary>
    readonly record struct Places(int[] Input, int[] Kernel, int[] Output, int[] Stride, int[] Dilation, int[] Begin, int[] Pads)
    {
        internal int Taps => OnnxTensor.Product(Kernel);

        internal int Positions => OnnxTensor.Product(Output);

        /// <summary>The place in the input that a tap of the window sees at a position; -1: padding, -2: beyond it.</summary>
        internal int At(int position, int tap)
        {
            (int place, int size, bool inside, bool beyond) = (0, 1, true, false);
            for (int axis = Input.Length - 1; axis >= 0; axis--)
            {
                int at = position % Output[axis] * Stride[axis] + tap % Kernel[axis] * Dilation[axis] - Begin[axis];
                (position, tap) = (position / Output[axis], tap / Kernel[axis]);
                inside &= at >= 0 && at < Input[axis];
                beyond |= at >= Input[axis] + Pads[axis] - Begin[axis];
                (place, size) = (place + at * size, size * Input[axis]);
            }
            return inside ? place : beyond ? -2 : -1;
        }
    }

    static Places Of(Call call, Window window, int[] input, int[] kernel)
    {
        int n = input.Length;
        (int[] stride, int[] dilation) = (window.Strides ?? Ones(), window.Dilations ?? Ones());
        int[] pads = window.Auto is "NOTSET" ? window.Pads ?? new int[2 * n] : new int[2 * n];
        if (kernel.Length != n || stride.Length != n || dilation.Length != n || pads.Length != 2 * n)
            throw call.Error($"expected a window over {n} axes, got kernel ({OnnxTensor.Text(kernel)})");
        if (window.Auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
            throw call.Error($"expected a known auto_pad, got '{window.Auto}'");
        var output = new int[n];
        for (int axis = 0; axis < n; axis++)
        {
            long reach = (kernel[axis] - 1L) * dilation[axis] + 1;
            if (window.Auto.StartsWith("SAME", StringComparison.Ordinal))
            {
                output[axis] = (input[axis] + stride[axis] - 1) / stride[axis];
                int both = (int)Math.Clamp((output[axis] - 1L) * stride[axis] + reach - input[axis], 0, 1 << 24);
                pads[axis] = window.Auto == "SAME_UPPER" ? both / 2 : both - both / 2;
                pads[n + axis] = both - pads[axis];
                continue;
            }
            long room = input[axis] + (long)pads[axis] + pads[n + axis] - reach;
            if (room < 0) throw call.Error($"expected a window of at most {room + reach} along axis {axis + 2}, got {reach}");
            long count = (window.Ceiling ? room + stride[axis] - 1 : room) / stride[axis] + 1;
            // The last one begins in the padding at the end.
            if (window.Ceiling && (count - 1) * stride[axis] >= input[axis] + (long)pads[axis]) count--;
            output[axis] = (int)Math.Min(count, int.MaxValue);
        }
        return new(input, kernel, output, stride, dilation, pads[..n],
            [.. Enumerable.Range(0, n).Select(axis => pads[axis] + pads[n + axis])]);

        int[] Ones() => [.. Enumerable.Repeat(1, n)];
    }

    /// <summary>
    /// y[b, o] = bias[o] + Σ_c w[o, c] ∗ x[b, c], the channels in groups: for each of them a matrix product with the windows side by side.
    /// </summary>
    static Kernel Convolve(Node node)
    {
        (Window window, int groups) = (Read(node), node.Integer("group", 1));
        return call =>
        {
            (OnnxTensor<float> x, OnnxTensor<float> w) = (call.Get<float>(0), call.Get<float>(1));
            if (x.Rank < 3 || w.Rank != x.Rank || groups < 1 || x.Sizes[1] != (long)w.Sizes[1] * groups || w.Sizes[0] % groups != 0
                || window.Kernel is not null && !window.Kernel.AsSpan().SequenceEqual(w.Sizes.AsSpan(2)))
                throw call.Error($"expected weights for {x} in {groups} groups, got {w}");
            (int B, int C, int O) = (x.Sizes[0], w.Sizes[1], w.Sizes[0] / groups);
            Places places = Of(call, window, x.Sizes[2..], w.Sizes[2..]);
            OnnxTensor<float>? bias = call.OptionalFloats(2, w.Sizes[0]);
            OnnxTensor<float> y = call.New<float>([B, w.Sizes[0], .. places.Output]);
            if (y.Count == 0 || w.Count == 0) return [y];
            (int taps, int positions, int inner) = (places.Taps, places.Positions, OnnxTensor.Product(places.Input));
            call.Budget.TakeOperations((double)y.Count * C * taps + (double)taps * positions);
            int[] at = AllPlaces(call, places);
            float[] columns = call.New<float>(C, taps, positions).Values;
            for (int b = 0; b < B; b++)
                for (int group = 0; group < groups; group++)
                {
                    for (int c = 0; c < C; c++)
                    {
                        ReadOnlySpan<float> channel = x.Values.AsSpan((b * x.Sizes[1] + group * C + c) * inner, inner);
                        for (int i = 0; i < at.Length; i++) columns[c * at.Length + i] = at[i] >= 0 ? channel[at[i]] : 0;
                    }
                    Gemm.Multiply(O, positions, C * taps, ref w.Values[group * O * C * taps], C * taps, 1, ref columns[0], positions, 1,
                        ref y.Values[(b * w.Sizes[0] + group * O) * positions], positions, accumulate: false);
                }
            AddBias(y, bias, positions);
            return [y];
        };
    }

    /// <summary>What each tap sees at each position, (taps, positions).</summary>
    static int[] AllPlaces(Call call, Places places)
    {
        (int taps, int positions) = (places.Taps, places.Positions);
        int[] at = call.New<int>(taps, positions).Values;
        for (int tap = 0; tap < taps; tap++)
            for (int p = 0; p < positions; p++) at[tap * positions + p] = places.At(p, tap);
        return at;
    }

    static void AddBias(OnnxTensor<float> y, OnnxTensor<float>? bias, int inner)
    {
        for (int row = 0; bias is not null && row < y.Sizes[0] * bias.Count; row++)
            foreach (ref float value in y.Values.AsSpan(row * inner, inner)) value += bias.Values[row % bias.Count];
    }

    /// <summary>
    /// The largest value, with its index among all elements, or the mean of each window; a mean counts padding only where it is asked to.
    /// </summary>
    static Kernel Pool(Node node, bool mean)
    {
        Window window = Read(node);
        bool counted = mean && node.Flag("count_include_pad", false);
        if (!mean && node.Flag("storage_order", false) && node.HasOutput(1))
            throw node.Error("indices in storage_order 1 are not supported");
        int[] kernel = window.Kernel ?? throw node.Error("expected a kernel_shape, got none");
        return call =>
        {
            OnnxTensor<float> x = call.Get<float>(0);
            if (x.Rank < 3) throw call.Error($"expected an input (batch, channels, ...), got {x}");
            Places places = Of(call, window, x.Sizes[2..], kernel);
            OnnxTensor<float> y = call.New<float>([x.Sizes[0], x.Sizes[1], .. places.Output]);
            OnnxTensor<long>? indices = !mean && node.HasOutput(1) ? call.New<long>(y.Sizes) : null;
            if (y.Count == 0) return [y, indices];
            (int positions, int inner) = (places.Positions, OnnxTensor.Product(places.Input));
            double taps = kernel.Aggregate(1.0, (product, size) => product * size);
            call.Budget.TakeOperations(Budget.PlainTerm * (y.Count * taps + positions * taps * kernel.Length));
            int[] at = call.New<int>(kernel).Values;
            for (int p = 0; p < positions; p++)
            {
                for (int tap = 0; tap < at.Length; tap++) at[tap] = places.At(p, tap);
                int count = counted ? at.Count(place => place > -2) : at.Count(place => place >= 0);
                for (int row = 0; row < y.Count / positions; row++)
                {
                    (float sum, float most, int best) = (0, float.NegativeInfinity, 0);
                    foreach (int place in at)
                    {
                        if (place < 0) continue;
                        float value = x.Values[row * inner + place];
                        if (value > most) best = row * inner + place;
                        (sum, most) = (sum + value, MathF.Max(most, value));
                    }
                    y.Values[row * positions + p] = !mean ? most : count == 0 ? 0 : sum / count;
                    if (indices is not null) indices.Values[row * positions + p] = best;
                }
            }
            return [y, indices];
        };
    }
}
