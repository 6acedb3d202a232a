namespace NeuralCore.Onnx.Import;

/// <summary>Operators that order the same elements in another way.</summary>
static class Shapes
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Identity", _ => call => [call[0]]), ("Dropout", Dropout), ("Reshape", Reshape), ("Flatten", Flatten),
        ("Squeeze", n => Axes(n, Squeeze)), ("Unsqueeze", n => Axes(n, Unsqueeze)), ("Transpose", Transpose),
        ("Expand", _ => call =>
        {
            int[] asked = Constants.Sizes(call, call.Integers(1));
            return [Arithmetic.Expand(call, call[0], Arithmetic.Broadcast(call, call[0].Sizes, asked))];
        }),
        ("Concat", Concat), ("Tile", _ => call => [Tile(call)]),
    ];

    /// <summary>In inference nothing is dropped; the mask is true everywhere.</summary>
    static Kernel Dropout(Node node)
    {
        node.Ignore("ratio", "seed");
        return call =>
        {
            if (call.Optional<bool>(2) is { Values: [true] }) throw call.Error("training_mode is not supported");
            if (!node.HasOutput(1)) return [call[0]];
            OnnxTensor<bool> mask = call.New<bool>(call[0].Sizes);
            mask.Values.AsSpan().Fill(true);
            return [call[0], mask];
        };
    }

    /// <summary>Sizes of 0 are those of the input (unless allowzero), one of -1 is what is left.</summary>
    static Kernel Reshape(Node node)
    {
        bool zeros = node.Flag("allowzero", false);
        return call =>
        {
            OnnxTensor x = call[0];
            long[] asked = [.. call.Integers(1)];
            if (asked.Length > OnnxTensor.MaxRank) throw call.Error($"expected at most {OnnxTensor.MaxRank} axes, got {asked.Length}");
            for (int axis = 0; axis < asked.Length; axis++)
                if (asked[axis] == 0 && !zeros) asked[axis] = axis < x.Rank ? x.Sizes[axis] : throw Wrong();
            int open = Array.IndexOf(asked, -1);
            double known = asked.Where((_, axis) => axis != open).Aggregate(1.0, (product, s) => product * s);
            if (open >= 0) asked[open] = known > 0 && x.Count % known == 0 ? (long)(x.Count / known) : known == 0 && x.Count == 0 ? 0
                : throw Wrong();
            if (asked.Any(s => s is < 0 or > int.MaxValue) || asked.Aggregate(1.0, (product, s) => product * s) != x.Count) throw Wrong();
            return [x.Reshape([.. asked.Select(s => (int)s)])];

            InvalidDataException Wrong() => call.Error($"expected a shape for {x}, got ({string.Join(", ", call.Integers(1))})");
        };
    }

    static Kernel Flatten(Node node)
    {
        int axis = node.Integer("axis", 1);
        return call =>
        {
            OnnxTensor x = call[0];
            int a = axis == x.Rank ? axis : call.Axis(axis, x.Rank);
            return [x.Reshape([OnnxTensor.Product(x.Sizes.AsSpan(0, a)), OnnxTensor.Product(x.Sizes.AsSpan(a))])];
        };
    }

    /// <summary>An operator with axes: an attribute before opset 13, an input since; null where there are none.</summary>
    static Kernel Axes(Node node, Func<Call, OnnxTensor, long[]?, OnnxTensor> f)
    {
        long[]? listed = node.Opset < 13 ? node.Integers("axes") : null;
        return call => [f(call, call[0], listed ?? call.OptionalIntegers(1))];
    }

    /// <summary>Without axes of size 1: the given ones, or all.</summary>
    static OnnxTensor Squeeze(Call call, OnnxTensor x, long[]? axes)
    {
        int[] gone = axes is null ? [.. Enumerable.Range(0, x.Rank).Where(a => x.Sizes[a] == 1)]
            : [.. axes.Select(a => call.Axis(a, x.Rank)).Distinct()];
        if (gone.Any(a => x.Sizes[a] != 1)) throw call.Error($"expected axes of size 1, got axes {string.Join(", ", gone)} of {x}");
        return x.Reshape([.. x.Sizes.Where((_, a) => !gone.Contains(a))]);
    }

    /// <summary>With new axes of size 1, at their places in the result.</summary>
    static OnnxTensor Unsqueeze(Call call, OnnxTensor x, long[]? axes)
    {
        int rank = x.Rank + (axes ?? throw call.Error("expected axes, got none")).Length;
        if (rank > OnnxTensor.MaxRank) throw call.Error($"expected at most {OnnxTensor.MaxRank} axes, got {rank}");
        int[] added = [.. axes.Select(a => call.Axis(a, rank)).Distinct()];
        if (added.Length != axes.Length) throw call.Error($"expected different axes, got {string.Join(", ", axes)}");
        int from = 0;
        return x.Reshape([.. Enumerable.Range(0, rank).Select(a => added.Contains(a) ? 1 : x.Sizes[from++])]);
    }

    static Kernel Transpose(Node node)
    {
        long[]? listed = node.Integers("perm");
        return call =>
        {
            int rank = call[0].Rank;
            int[] order = listed is null ? [.. Enumerable.Range(0, rank).Reverse()]
                : [.. listed.Take(rank + 1).Select(a => call.Axis(a, rank))];
            if (order.Length != rank || order.Distinct().Count() != rank)
                throw call.Error($"expected an order of {rank} axes, got {string.Join(", ", order)}");
            return [Transpose(call, call[0], order)];
        };
    }

    /// <summary>Axis i of the result is axis order[i] of x.</summary>
    internal static OnnxTensor Transpose(Call call, OnnxTensor x, int[] order)
    {
        int[] strides = x.Strides();
        return call.Strided(x, [.. order.Select(a => x.Sizes[a])], 0, [.. order.Select(a => strides[a])]);
    }

    static Kernel Concat(Node node)
    {
        if (!node.Has("axis")) throw node.Error("expected an axis, got none");
        int axis = node.Integer("axis", 0);
        return call =>
        {
            OnnxTensor[] parts = [.. Enumerable.Range(0, call.Count).Select(i => call[i])];
            return [Concat(call, parts, call.Axis(axis, call[0].Rank))];
        };
    }

    internal static OnnxTensor Concat(Call call, OnnxTensor[] parts, int axis)
    {
        OnnxTensor first = parts[0];
        foreach (OnnxTensor part in parts)
            if (part.Type != first.Type || part.Rank != first.Rank || part.Sizes.Where((s, a) => a != axis && s != first.Sizes[a]).Any())
                throw call.Error($"expected inputs that agree in all axes but {axis}, got {first} and {part}");
        int[] sizes = [.. first.Sizes];
        sizes[axis] = parts.Aggregate(0, (sum, part) => checked(sum + part.Sizes[axis]));
        OnnxTensor y = call.Like(first, sizes);
        (int outer, int n, int inner) = Reductions.Around(y, axis);
        call.Budget.TakeOperations((double)Budget.PlainTerm * parts.Length * outer);
        int at = 0;
        foreach (OnnxTensor part in parts)
        {
            int run = part.Sizes[axis] * inner;
            for (int row = 0; row < outer; row++) Array.Copy(part.Data, row * run, y.Data, row * n * inner + at, run);
            at += run;
        }
        return y;
    }

    /// <summary>x repeated along each axis: (r_0, n_0, r_1, n_1, ...) with strides of 0 along the repetitions.</summary>
    static OnnxTensor Tile(Call call)
    {
        OnnxTensor x = call[0];
        int[] repeats = Constants.Sizes(call, call.Integers(1)), strides = x.Strides();
        if (repeats.Length != x.Rank) throw call.Error($"expected {x.Rank} repeats for {x}, got {repeats.Length}");
        OnnxTensor y = call.Strided(x, [.. repeats.SelectMany((r, a) => new[] { r, x.Sizes[a] })], 0,
            [.. strides.SelectMany(s => new[] { 0, s })]);
        return y.Reshape([.. repeats.Select((r, a) => r * x.Sizes[a])]);
    }
}
