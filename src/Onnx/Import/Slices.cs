namespace NeuralCore.Onnx.Import;

/// <summary>Operators that take parts of a tensor, or put it into a larger one.</summary>
static class Slices
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All
        => [("Slice", Slice), ("Split", Split), ("Pad", Pad), ("Trilu", Triangle), ("ReverseSequence", Reverse)];

    /// <summary>Steps from starts to before ends along some axes: attributes before opset 10, inputs since.</summary>
    static Kernel Slice(Node node)
    {
        if (node.Opset >= 10)
            return call => [Slice(call, call[0], call.Integers(1), call.Integers(2), call.OptionalIntegers(3), call.OptionalIntegers(4))];
        if (node.Integers("starts") is not { } starts || node.Integers("ends") is not { } ends)
            throw node.Error("expected starts and ends, got none");
        long[]? axes = node.Integers("axes");
        return call => [Slice(call, call[0], starts, ends, axes, null)];
    }

    /// <summary>The largest number as an end means the last element of the way, in either direction, as ONNX Runtime has it.</summary>
    static OnnxTensor Slice(Call call, OnnxTensor x, long[] starts, long[] ends, long[]? axes, long[]? steps)
    {
        if (starts.Length > x.Rank || ends.Length != starts.Length || (axes ?? starts).Length != starts.Length
            || (steps ?? starts).Length != starts.Length)
            throw call.Error($"expected as many ends, axes and steps as starts, {starts.Length}, for {x}");
        int[] along = axes is null ? [.. Enumerable.Range(0, starts.Length)] : call.Axes(axes, x.Rank);
        int[] sizes = [.. x.Sizes], strides = x.Strides();
        int offset = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            int a = along[i], n = x.Sizes[a];
            long step = steps?[i] ?? 1;
            if (step == 0 || Math.Abs((double)step) > int.MaxValue) throw call.Error($"expected a step other than 0, got {step}");
            (long first, long end) = (Place(starts[i], n), Place(ends[i], n));
            if (step > 0 || n == 0) (first, end) = (Math.Clamp(first, 0, n), Math.Clamp(end, 0, n));
            else (first, end) = (Math.Clamp(first, 0, n - 1), ends[i] is long.MaxValue or int.MaxValue ? -1 : Math.Clamp(end, -1, n - 1));
            sizes[a] = (int)Math.Max(0, step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step);
            if (sizes[a] > 0) offset += (int)first * strides[a];
            strides[a] = sizes[a] > 1 ? (int)step * strides[a] : 0;
        }
        return call.Strided(x, sizes, offset, strides);

        static long Place(long at, int n) => at < 0 ? Math.Max(at, -1L - n - n) + n : at;
    }

    /// <summary>The first steps of each row, as many as its length, the other way round.</summary>
    static Kernel Reverse(Node node)
    {
        bool batchFirst = node.Integer("batch_axis", 1) == 0;
        if (node.Integer("time_axis", 0) != (batchFirst ? 1 : 0)) throw node.Error("expected the axes 0 and 1 for batch and time");
        return call =>
        {
            OnnxTensor x = call[0];
            long[] lengths = call.Integers(1);
            if (x.Rank < 2) throw call.Error($"expected an input with batch and time, got {x}");
            (int B, int T) = batchFirst ? (x.Sizes[0], x.Sizes[1]) : (x.Sizes[1], x.Sizes[0]);
            if (lengths.Length != B || lengths.Any(length => length < 0 || length > T))
                throw call.Error($"expected {B} lengths from 0 to {T}");
            OnnxTensor y = call.Like(x, x.Sizes);
            int size = OnnxTensor.Product(x.Sizes.AsSpan(2));
            for (int row = 0; row < B; row++)
                for (int t = 0; t < T; t++)
                    Array.Copy(x.Data, Place(row, t < lengths[row] ? (int)lengths[row] - 1 - t : t), y.Data, Place(row, t), size);
            return [y];

            int Place(int row, int t) => (batchFirst ? row * T + t : t * B + row) * size;
        };
    }

    /// <summary>
    /// Parts along an axis, of given sizes (an attribute before opset 13, an input since) or of equal ones, the last the rest.
    /// </summary>
    static Kernel Split(Node node)
    {
        int axis = node.Integer("axis", 0), parts = node.Outputs.Length;
        if (node.Opset >= 18 && node.Integer("num_outputs", parts) is var asked && asked != parts)
            throw node.Error($"expected {asked} outputs, got {parts}");
        long[]? listed = node.Opset < 13 ? node.Integers("split") : null;
        return call =>
        {
            OnnxTensor x = call[0];
            int a = call.Axis(axis, x.Rank), n = x.Sizes[a];
            int each = parts == 0 ? 0 : (int)((n + (long)parts - 1) / parts);
            int[] sizes = (listed ?? (node.Opset < 13 ? null : call.OptionalIntegers(1))) is { } given ? Constants.Sizes(call, given, parts)
                : [.. Enumerable.Range(0, parts).Select(i => Math.Max(0, Math.Min(each, n - i * each)))];
            if (sizes.Length != parts) throw call.Error($"expected {parts} parts, got ({OnnxTensor.Text(sizes)})");
            return Parts(call, x, a, sizes);
        };
    }

    /// <summary>Parts of given sizes, one after another along an axis.</summary>
    internal static OnnxTensor[] Parts(Call call, OnnxTensor x, int axis, int[] sizes)
    {
        if (sizes.Sum(s => (long)s) != x.Sizes[axis])
            throw call.Error($"expected {sizes.Length} parts that sum to {x.Sizes[axis]}, got ({OnnxTensor.Text(sizes)})");
        var made = new OnnxTensor[sizes.Length];
        int[] strides = x.Strides();
        for (int i = 0, at = 0; i < sizes.Length; at += sizes[i++])
            made[i] = call.Strided(x, [.. x.Sizes[..axis], sizes[i], .. x.Sizes[(axis + 1)..]],
                sizes[i] == 0 ? 0 : at * strides[axis], strides);
        return made;
    }

    /// <summary>More elements before and after each axis: one value, the nearest element, or the elements mirrored.</summary>
    static Kernel Pad(Node node)
    {
        string mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "edge" or "reflect" or "wrap")) throw node.Error($"the mode '{mode}' is not supported");
        long[]? listed = node.Opset < 11 ? node.Integers("pads") : null;
        float value = node.Opset < 11 ? node.Real("value", 0) : 0;
        return call =>
        {
            OnnxTensor x = call[0];
            long[] pads = listed ?? call.Integers(1);
            long[]? some = node.Opset >= 18 ? call.OptionalIntegers(3) : null;
            int[] axes = some is null ? [.. Enumerable.Range(0, x.Rank)] : call.Axes(some, x.Rank);
            if (pads.Length != 2 * axes.Length) throw call.Error($"expected {2 * axes.Length} pads, got {pads.Length}");
            OnnxTensor fill = call.Optional(2) is { Count: 1 } given && given.Type == x.Type ? given
                : Casting.To(new OnnxTensor<float>([value], []), x.Type);
            for (int i = 0; i < axes.Length; i++)
                if (pads[i] != 0 || pads[i + axes.Length] != 0) x = PadAxis(call, x, axes[i], pads[i], pads[i + axes.Length], mode, fill);
            return [x];
        };
    }

    static OnnxTensor PadAxis(Call call, OnnxTensor x, int axis, long before, long after, string mode, OnnxTensor fill)
    {
        int[] sizes = [.. x.Sizes];
        int n = sizes[axis];
        if (Math.Abs((double)before) > int.MaxValue || Math.Abs((double)after) > int.MaxValue || n + before + after is < 0
            or > int.MaxValue)
            throw call.Error($"expected pads for axis {axis} of {x}, got {before} and {after}");
        sizes[axis] = (int)(n + before + after);
        OnnxTensor y = call.Like(x, sizes);
        if (y.Count == 0) return y;
        (int outer, int padded, int inner) = Reductions.Around(y, axis);
        for (int i = 0; i < outer * padded; i++)
        {
            int from = Source(i % padded - before, n, mode);
            if (from == -1) for (int k = 0; k < inner; k++) Array.Copy(fill.Data, 0, y.Data, i * inner + k, 1);
            else if (from >= 0 && from < n) Array.Copy(x.Data, (i / padded * n + from) * inner, y.Data, i * inner, inner);
            else throw call.Error($"expected something to mirror along axis {axis} of {x}, got pads {before} and {after}");
        }
        return y;
    }

    /// <summary>The element of n that stands at a place beyond them; -1: none; beyond n: there is none to take.</summary>
    static int Source(long at, int n, string mode) => at >= 0 && at < n ? (int)at : mode switch
    {
        "edge" => n == 0 ? n : (int)Math.Clamp(at, 0, n - 1),
        "reflect" => (int)(at < 0 ? Math.Min(-at, n) : 2L * n - 2 - at is >= 0 and var mirrored ? mirrored : n),
        "wrap" => n == 0 ? n : (int)((at % n + n) % n),
        _ => -1,
    };

    /// <summary>The triangle above or below a diagonal of matrices; zeros elsewhere.</summary>
    static Kernel Triangle(Node node)
    {
        bool upper = node.Flag("upper", true);
        return call =>
        {
            OnnxTensor x = call[0];
            long k = call.OptionalIntegers(1) is [var diagonal] ? diagonal : 0;
            if (x.Rank < 2) throw call.Error($"expected matrices, got {x}");
            OnnxTensor y = call.Like(x, x.Sizes);
            (int rows, int columns) = (x.Sizes[^2], x.Sizes[^1]);
            for (int row = 0; row < x.Count / Math.Max(1, columns); row++)
            {
                // First column on the other side of the cut.
                int edge = (int)Math.Clamp(row % rows + (double)k + (upper ? 0 : 1), 0, columns);
                (int from, int to) = upper ? (edge, columns) : (0, edge);
                Array.Copy(x.Data, row * columns + from, y.Data, row * columns + from, to - from);
            }
            return [y];
        };
    }
}
