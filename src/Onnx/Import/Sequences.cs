namespace NeuralCore.Onnx.Import;

/// <summary>A list of tensors, a value among the others; as a tensor it is none, and operators of tensors refuse it.</summary>
sealed class OnnxSequence(params OnnxTensor[] items) : OnnxTensor([items.Length])
{
    internal OnnxTensor[] Items => items;

    /// <summary>What its items take.</summary>
    internal long Bytes { get; } = items.Sum(item => Budget.ValueBytes + Held.Bytes(item));

    /// <summary>None of the types of tensors.</summary>
    public override OnnxType Type => default;

    public override int Count => items.Length;

    internal override Array Data => items;

    internal override OnnxTensor Reshape(int[] sizes) => throw Refused();

    internal override OnnxTensor Empty(int[] sizes) => throw Refused();

    internal override void CopyTo(OnnxTensor y, int offset, ReadOnlySpan<int> strides) => throw Refused();

    static ArgumentException Refused() => new("expected a tensor, got a sequence of them");

    public override string ToString() => $"a sequence of {items.Length}";
}

/// <summary>
/// Operators of sequences. A sequence is never changed: each operator gives a new one, and takes its elements from the limits as if it
/// copied them; so does the one that gives a tensor of it, which may outlive the sequence.
/// </summary>
static class Sequences
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("SequenceEmpty", node =>
        {
            node.Ignore("dtype");
            return _ => [new OnnxSequence()];
        }),
        ("SequenceConstruct", _ => call => [Made(call, [.. Enumerable.Range(0, call.Count).Select(i => Tensor(call, i))])]),
        ("SequenceInsert", _ => call => [Insert(call)]), ("SequenceErase", _ => call => [Erase(call)]),
        ("SequenceAt", _ => call => [At(call)]),
        ("SequenceLength", _ => call => [new OnnxTensor<long>([Of(call).Count], [])]),
        ("ConcatFromSequence", Concat), ("SplitToSequence", Split),
    ];

    static OnnxSequence Of(Call call) => call[0] as OnnxSequence ?? throw call.Error($"expected a sequence, got {call[0]}");

    static OnnxTensor Tensor(Call call, int index)
        => call[index] is OnnxSequence ? throw call.Error("expected a tensor, got a sequence") : call[index];

    static OnnxTensor At(Call call)
    {
        OnnxTensor item = Of(call).Items[Place(call, 1, Of(call).Count)];
        call.Budget.TakeBytes(Held.Bytes(item));
        return item;
    }

    static OnnxSequence Made(Call call, OnnxTensor[] items)
    {
        var made = new OnnxSequence(items);
        call.Budget.TakeBytes(Held.Bytes(made));
        return made;
    }

    /// <summary>A place below n; a negative one counts from the end.</summary>
    static int Place(Call call, int index, int n) => call.Integer(index) is var i && i >= -n && i < n ? i < 0 ? i + n : i
        : throw call.Error($"expected a place from {-n} to {n - 1}, got {i}");

    static OnnxSequence Insert(Call call)
    {
        OnnxTensor[] items = Of(call).Items;
        int at = call.Optional(2) is null ? items.Length : call.Integer(2) is var i && i == items.Length ? i : Place(call, 2, items.Length);
        return Made(call, [.. items[..at], Tensor(call, 1), .. items[at..]]);
    }

    static OnnxSequence Erase(Call call)
    {
        OnnxTensor[] items = Of(call).Items;
        if (items.Length == 0) throw call.Error("expected a sequence of at least one tensor, got an empty one");
        int at = call.Optional(1) is null ? items.Length - 1 : Place(call, 1, items.Length);
        return Made(call, [.. items[..at], .. items[(at + 1)..]]);
    }

    /// <summary>All tensors one after another along an axis, or along a new one.</summary>
    static Kernel Concat(Node node)
    {
        (int axis, bool added) = (node.Integer("axis", 0), node.Flag("new_axis", false));
        return call =>
        {
            OnnxTensor[] items = Of(call).Items;
            if (items.Length == 0) throw call.Error("expected a sequence of at least one tensor, got an empty one");
            int a = call.Axis(axis, items[0].Rank + (added ? 1 : 0));
            if (!added) return [Shapes.Concat(call, items, a)];
            if (items.Any(x => x.Rank != items[0].Rank))
                throw call.Error($"expected tensors of one shape, got {string.Join(", ", items.Take(9))}");
            call.Budget.TakeBytes((long)items.Length * Budget.ValueBytes);
            return [Shapes.Concat(call, [.. items.Select(x => x.Reshape([.. x.Sizes[..a], 1, .. x.Sizes[a..]]))], a)];
        };
    }

    /// <summary>
    /// Parts along an axis: of given sizes, of one size but for the last, or of single steps, whose axis may be left out.
    /// </summary>
    static Kernel Split(Node node)
    {
        (int axis, bool keep) = (node.Integer("axis", 0), node.Flag("keepdims", true));
        return call =>
        {
            OnnxTensor x = Tensor(call, 0);
            int a = call.Axis(axis, x.Rank), n = x.Sizes[a];
            OnnxTensor? listed = call.Optional(1);
            int each = listed is null ? 1 : listed.Rank == 0 ? call.Integer(1) : 0;
            if (listed is null or { Rank: 0 } && each < 1) throw call.Error($"expected a size over 0, got {each}");
            bool drop = listed is null && !keep;
            long count = each == 0 ? listed!.Count : (n + each - 1L) / each;
            call.Budget.TakeBytes(count * Budget.ValueBytes * (drop ? 2 : 1));   // of the parts, and of the same without the axis
            int[] sizes = each == 0 ? Constants.Sizes(call, call.Integers(1), (int)count)
                : [.. Enumerable.Range(0, (int)count).Select(i => Math.Min(each, n - i * each))];
            OnnxTensor[] parts = Slices.Parts(call, x, a, sizes);
            return [new OnnxSequence(drop ? [.. parts.Select(p => p.Reshape([.. p.Sizes[..a], .. p.Sizes[(a + 1)..]]))] : parts)];
        };
    }
}
