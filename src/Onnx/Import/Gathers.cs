using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Operators that take or put elements by their indices; a negative index counts from the end.</summary>
static class Gathers
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Gather", Gather), ("GatherElements", GatherElements), ("GatherND", GatherND), ("OneHot", OneHot),
        ("Scatter", ScatterElements), ("ScatterElements", ScatterElements), ("ScatterND", ScatterND),
    ];

    /// <summary>y[…, i…, …] = x[…, indices[i…], …] along an axis.</summary>
    static Kernel Gather(Node node)
    {
        int axis = node.Integer("axis", 0);
        return call =>
        {
            OnnxTensor x = call[0];
            int a = call.Axis(axis, x.Rank);
            long[] indices = call.Integers(1);
            (int outer, int n, int inner) = Reductions.Around(x, a);
            OnnxTensor y = call.Like(x, [.. x.Sizes[..a], .. call[1].Sizes, .. x.Sizes[(a + 1)..]]);
            for (int row = 0; row < outer; row++)
                for (int i = 0; i < indices.Length; i++)
                    Array.Copy(x.Data, (row * n + Index(call, indices[i], n)) * inner, y.Data, (row * indices.Length + i) * inner, inner);
            return [y];
        };
    }

    static int Index(Call call, long index, int n) => index >= -n && index < n ? (int)(index < 0 ? index + n : index)
        : throw call.Error($"expected indices from {-n} to {n - 1}, got {index}");

    /// <summary>y[i, j, …] = x[…, indices[i, j, …], …]: the index takes the place of one coordinate.</summary>
    static Kernel GatherElements(Node node)
    {
        int axis = node.Integer("axis", 0);
        return call =>
        {
            (OnnxTensor x, OnnxTensor places) = (call[0], call[1]);
            int a = call.Axis(axis, x.Rank);
            if (places.Rank != x.Rank || places.Sizes.Where((s, i) => i != a && s > x.Sizes[i]).Any())
                throw call.Error($"expected indices that fit {x}, got {places}");
            OnnxTensor y = call.Like(x, places.Sizes);
            int[] from = Named(call, x, a);
            for (int i = 0; i < from.Length; i++) Array.Copy(x.Data, from[i], y.Data, i, 1);
            return [y];
        };
    }

    /// <summary>The elements of x that the indices of an axis name, each in the place of one coordinate.</summary>
    static int[] Named(Call call, OnnxTensor x, int axis)
    {
        long[] indices = call.Integers(1);
        int[] strides = x.Strides(), sizes = call[1].Sizes, named = call.New<int>(indices.Length).Values;
        for (int i = 0; i < named.Length; i++)
            for (int k = x.Rank - 1, rest = i; k >= 0; rest /= sizes[k--])
                named[i] += strides[k] * (k == axis ? Index(call, indices[i], x.Sizes[axis]) : rest % sizes[k]);
        return named;
    }

    /// <summary>x, in which y[…, indices[i, j, …], …] is the update [i, j, …], or what was there with it.</summary>
    static Kernel ScatterElements(Node node)
    {
        int axis = node.Integer("axis", 0);
        string reduction = Reduction(node);
        return call =>
        {
            (OnnxTensor x, OnnxTensor places, OnnxTensor updates) = (call[0], call[1], call[2]);
            int a = call.Axis(axis, x.Rank);
            if (places.Rank != x.Rank || places.Sizes.Where((s, i) => i != a && s > x.Sizes[i]).Any()
                || updates.Type != x.Type || !updates.Sizes.AsSpan().SequenceEqual(places.Sizes))
                throw call.Error($"expected indices and updates that fit {x}, got {places} and {updates}");
            OnnxTensor y = call.Like(x, x.Sizes);
            Array.Copy(x.Data, y.Data, x.Count);
            int[] to = Named(call, x, a);
            for (int i = 0; i < to.Length; i++) Put(call, reduction, updates, i, y, to[i], 1);
            return [y];
        };
    }

    static string Reduction(Node node) => node.Text("reduction", "none") switch
    {
        "none" or "add" or "mul" or "max" or "min" => node.Text("reduction", "none"),
        var other => throw node.Error($"the reduction '{other}' is not supported"),
    };

    /// <summary>Puts elements, or their sum, product, maximum or minimum with what is there.</summary>
    static void Put(Call call, string reduction, OnnxTensor from, int first, OnnxTensor y, int at, int count)
    {
        switch (reduction, from, y)
        {
            case ("none", _, _): Array.Copy(from.Data, first, y.Data, at, count); break;
            case (_, OnnxTensor<float> u, OnnxTensor<float> v):
                Merge(reduction, u.Values.AsSpan(first, count), v.Values.AsSpan(at, count));
                break;
            case (_, OnnxTensor<double> u, OnnxTensor<double> v):
                Merge(reduction, u.Values.AsSpan(first, count), v.Values.AsSpan(at, count));
                break;
            case (_, OnnxTensor<long> u, OnnxTensor<long> v):
                Merge(reduction, u.Values.AsSpan(first, count), v.Values.AsSpan(at, count));
                break;
            case (_, OnnxTensor<int> u, OnnxTensor<int> v):
                Merge(reduction, u.Values.AsSpan(first, count), v.Values.AsSpan(at, count));
                break;
            default: throw call.Error($"expected numbers, got {from}");
        }
    }

    static void Merge<T>(string reduction, ReadOnlySpan<T> u, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < u.Length; i++)
            y[i] = reduction switch { "add" => y[i] + u[i], "mul" => y[i] * u[i], "max" => T.Max(y[i], u[i]), _ => T.Min(y[i], u[i]) };
    }

    /// <summary>Blocks of x at the coordinates in the last axis of the indices, within each of the first batch_dims axes.</summary>
    static Kernel GatherND(Node node)
    {
        int batch = node.Integer("batch_dims", 0);
        return call =>
        {
            (OnnxTensor x, OnnxTensor places) = (call[0], call[1]);
            if (places.Rank == 0 || batch < 0 || batch >= places.Rank || batch + places.Sizes[^1] > x.Rank
                || !x.Sizes.AsSpan(0, batch).SequenceEqual(places.Sizes.AsSpan(0, batch)))
                throw call.Error($"expected indices (..., coordinates) that fit {x}, got {places}");
            int depth = places.Sizes[^1], block = OnnxTensor.Product(x.Sizes.AsSpan(batch + depth));
            OnnxTensor y = call.Like(x, [.. places.Sizes[..^1], .. x.Sizes[(batch + depth)..]]);
            int tuples = OnnxTensor.Product(places.Sizes.AsSpan()[..^1]), batches = OnnxTensor.Product(x.Sizes.AsSpan(0, batch));
            int each = batches == 0 ? 0 : tuples / batches, size = batches == 0 ? 0 : x.Count / batches;
            Func<int, int> offset = Offsets(call, x, batch, depth);
            for (int i = 0; i < tuples; i++) Array.Copy(x.Data, i / each * size + offset(i), y.Data, i * block, block);
            return [y];
        };
    }

    /// <summary>x with blocks of the third input at the coordinates in the last axis of the indices.</summary>
    static Kernel ScatterND(Node node)
    {
        string reduction = Reduction(node);
        return call =>
        {
            (OnnxTensor x, OnnxTensor places, OnnxTensor updates) = (call[0], call[1], call[2]);
            if (places.Rank == 0 || places.Sizes[^1] > x.Rank)
                throw call.Error($"expected indices (..., coordinates) that fit {x}, got {places}");
            int depth = places.Sizes[^1], tuples = OnnxTensor.Product(places.Sizes.AsSpan()[..^1]);
            int[] sizes = [.. places.Sizes[..^1], .. x.Sizes[depth..]];
            if (updates.Type != x.Type || !updates.Sizes.AsSpan().SequenceEqual(sizes))
                throw call.Error($"expected updates ({OnnxTensor.Text(sizes)}) for {x}, got {updates}");
            OnnxTensor y = call.Like(x, x.Sizes);
            Array.Copy(x.Data, y.Data, x.Count);
            int block = OnnxTensor.Product(x.Sizes.AsSpan(depth));
            Func<int, int> offset = Offsets(call, x, 0, depth);
            for (int i = 0; i < tuples; i++) Put(call, reduction, updates, i * block, y, offset(i), block);
            return [y];
        };
    }

    /// <summary>Gives where the block of the i-th tuple of coordinates begins within a batch of x.</summary>
    static Func<int, int> Offsets(Call call, OnnxTensor x, int batch, int depth)
    {
        long[] indices = call.Integers(1);
        int[] strides = x.Strides();
        return i =>
        {
            int offset = 0;
            for (int k = 0; k < depth; k++) offset += strides[batch + k] * Index(call, indices[i * depth + k], x.Sizes[batch + k]);
            return offset;
        };
    }

    /// <summary>A new axis of the given depth with one value at each index and another elsewhere.</summary>
    static Kernel OneHot(Node node)
    {
        int axis = node.Integer("axis", -1);
        return call =>
        {
            OnnxTensor places = Casting.To(call, call[0], OnnxType.Int64), values = call[2];
            long[] indices = ((OnnxTensor<long>)places).Values;
            int depth = ((OnnxTensor<int>)Casting.To(call, call[1], OnnxType.Int32)).Values is [var d] ? d
                : throw call.Error($"expected one depth, got {call[1]}");
            if (values.Count != 2) throw call.Error($"expected two values, off and on, got {values}");
            int a = call.Axis(axis, places.Rank + 1);
            OnnxTensor y = call.Strided(values, [.. places.Sizes[..a], depth, .. places.Sizes[a..]], 0, new int[places.Rank + 1]);
            (_, _, int inner) = Reductions.Around(y, a);
            for (int i = 0; i < indices.Length; i++)
            {
                long index = indices[i] < 0 ? indices[i] + depth : indices[i];
                if (index >= 0 && index < depth)
                    Array.Copy(values.Data, 1, y.Data, (i / inner * depth + (int)index) * inner + i % inner, 1);
            }
            return [y];
        };
    }
}
