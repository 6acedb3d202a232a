using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Values that come from attributes, or from sizes and bounds.</summary>
static class Constants
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Constant", Constant), ("ConstantOfShape", Filled), ("ConstantFill", FilledOfOld), ("Range", _ => call => [Range(call)]),
        ("EyeLike", Eye), ("Shape", ShapeOf), ("Size", _ => call => [new OnnxTensor<long>([call[0].Count], [])]),
    ];

    static Kernel Constant(Node node)
    {
        OnnxTensor value = node.Tensor("value")
            ?? (node.Has("value_float") ? new OnnxTensor<float>([node.Real("value_float", 0)], [])
            : node.Has("value_int") ? new OnnxTensor<long>([node.Integer("value_int", 0)], [])
            : node.Reals("value_floats") is { } reals ? new OnnxTensor<float>(reals, [reals.Length])
            : node.Integers("value_ints") is { } integers ? new OnnxTensor<long>(integers, [integers.Length])
            : throw node.Error("expected a value of numbers, got none"));
        return _ => [value];
    }

    static Kernel Filled(Node node)
    {
        OnnxTensor value = node.Tensor("value") ?? new OnnxTensor<float>([0], [1]);
        if (value.Count != 1) throw node.Error($"expected one value, got {value}");
        return call => [call.Strided(value, Sizes(call, call.Integers(0)), 0, new int[call[0].Count])];
    }

    /// <summary>ConstantOfShape as PyTorch's exporter writes it before opset 9: an operator that ONNX withdrew.</summary>
    static Kernel FilledOfOld(Node node)
    {
        var type = (OnnxType)node.Integer("dtype", (int)OnnxType.Float);
        if (!Enum.IsDefined(type)) throw node.Error($"its type {(int)type} is not supported");
        if (!node.Flag("input_as_shape", false)) throw node.Error("is supported with input_as_shape only");
        OnnxTensor value = Casting.To(new OnnxTensor<float>([node.Real("value", 0)], []), type);
        return call => [call.Strided(value, Sizes(call, call.Integers(0)), 0, new int[call[0].Count])];
    }

    /// <summary>Sizes that a value holds, those of the axes of a tensor or as many as said.</summary>
    internal static int[] Sizes(Call call, long[] sizes, int most = OnnxTensor.MaxRank) => sizes.Length > most
        ? throw call.Error($"expected at most {most} sizes, got {sizes.Length}")
        : [.. sizes.Select(s => s is >= 0 and <= int.MaxValue ? (int)s : throw call.Error($"expected sizes from 0 to {int.MaxValue}, "
            + $"got {s}"))];

    /// <summary>start, start + delta, ... before limit.</summary>
    static OnnxTensor Range(Call call) => call[0] switch
    {
        OnnxTensor<float> => From<float>(call),
        OnnxTensor<double> => From<double>(call),
        OnnxTensor<long> => From<long>(call),
        OnnxTensor<int> => From<int>(call),
        var x => throw call.Error($"expected numbers, got {x}"),
    };

    static OnnxTensor<T> From<T>(Call call) where T : unmanaged, INumber<T>
    {
        if ((call.Get<T>(0).Values, call.Get<T>(1).Values, call.Get<T>(2).Values) is not ([var start], [var limit], [var delta]))
            throw call.Error($"expected three single numbers, got {call[0]}, {call[1]} and {call[2]}");
        double count = Math.Max(0, Math.Ceiling((double.CreateChecked(limit) - double.CreateChecked(start)) / double.CreateChecked(delta)));
        if (!(count <= Array.MaxLength))
            throw call.Error($"expected a finite number of steps, got those from {start} to {limit} by {delta}");
        OnnxTensor<T> y = call.New<T>((int)count);
        for (int i = 0; i < y.Count; i++) y.Values[i] = start + T.CreateTruncating(i) * delta;
        return y;
    }

    /// <summary>1 on a diagonal, 0 elsewhere.</summary>
    static Kernel Eye(Node node)
    {
        (int k, OnnxType? type) = (node.Integer("k", 0), node.Has("dtype") ? (OnnxType)node.Integer("dtype", 1) : null);
        return call =>
        {
            if (call[0].Rank != 2) throw call.Error($"expected a matrix, got {call[0]}");
            OnnxTensor<float> y = call.New<float>(call[0].Sizes);
            for (int row = 0; row < y.Sizes[0]; row++)
                if (row + (long)k >= 0 && row + (long)k < y.Sizes[1]) y.Values[row * y.Sizes[1] + row + k] = 1;
            return [Casting.To(call, y, type ?? call[0].Type)];
        };
    }

    static Kernel ShapeOf(Node node)
    {
        (int start, int? end) = (node.Integer("start", 0), node.Has("end") ? node.Integer("end", 0) : null);
        return call =>
        {
            int rank = call[0].Rank, from = Place(start), to = Math.Max(from, Place(end ?? rank));
            return [new OnnxTensor<long>([.. call[0].Sizes[from..to].Select(s => (long)s)], [to - from])];

            int Place(int axis) => Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
        };
    }
}
