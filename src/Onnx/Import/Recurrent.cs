using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// What ONNX's LSTM, GRU and RNN have in common: directions, lengths, states. x (T, B, I), y (T, D, B, H), states (D, B, H); with layout 1
/// the batch comes first in each. Parameters W (D, G·H, I), R (D, G·H, H), b (D, 2·G·H) = [b_W | b_R], peepholes (D, 3·H).
/// <para>
/// A row is read up to its length: its outputs past it are 0, its final state is that of its last step, and the reverse direction begins
/// there. Of a row of length 0 the final state is 0, as ONNX Runtime has it.
/// </para>
/// </summary>
sealed class Recurrent
{
    readonly int gates;
    readonly int? hidden;
    readonly string direction;
    readonly bool batchFirst, hasCells;
    readonly Func<RecurrentWeights, RecurrentCell> make;
    readonly RecurrentActivation.InPlace[][] functions;   // of each direction

    Recurrent(Node node, int gates, bool hasCells, string[] standard, Func<RecurrentWeights, RecurrentCell> make)
    {
        (this.gates, this.hasCells, this.make) = (gates, hasCells, make);
        hidden = node.Has("hidden_size") ? node.Integer("hidden_size", 0) : null;
        direction = node.Text("direction", "forward");
        if (direction is not ("forward" or "reverse" or "bidirectional"))
            throw node.Error($"expected a direction forward, reverse or bidirectional, got '{direction}'");
        batchFirst = node.Flag("layout", false);
        functions = [.. RecurrentActivation.Of(node, Directions, standard).Chunk(standard.Length)];
    }

    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("LSTM", node =>
        {
            (bool coupled, float clip) = (node.Flag("input_forget", false), Clip(node));
            return new Recurrent(node, 4, hasCells: true, ["Sigmoid", "Tanh", "Tanh"], w => new LstmCell(w, coupled, clip)).Run;
        }),
        ("GRU", node =>
        {
            (bool after, float clip) = (node.Flag("linear_before_reset", false), Clip(node));
            return new Recurrent(node, 3, hasCells: false, ["Sigmoid", "Tanh"], w => new GruCell(w, after, clip)).Run;
        }),
        ("RNN", node =>
        {
            float clip = Clip(node);
            return new Recurrent(node, 1, hasCells: false, ["Tanh"], w => new RnnCell(w, clip)).Run;
        }),
    ];

    static float Clip(Node node) => node.Real("clip", float.PositiveInfinity) is > 0 and var clip ? clip
        : throw node.Error("expected a clip over 0");

    int Directions => direction == "bidirectional" ? 2 : 1;

    OnnxTensor?[] Run(Call call)
    {
        OnnxTensor<float> x = TimeFirst(call, call.Floats(0, -1, -1, -1), 3);
        (int T, int B, int I, int D) = (x.Sizes[0], x.Sizes[1], x.Sizes[2], Directions);
        OnnxTensor<float> R = call.Floats(2, D, -1, -1);
        int H = R.Sizes[2];
        if (H < 1 || I < 1 || hidden is int size && size != H)
            throw call.Error($"expected {hidden ?? 1} units and at least one feature, got {x} and R {R}");
        R = call.Floats(2, D, gates * H, H);
        OnnxTensor<float> W = call.Floats(1, D, gates * H, I);
        OnnxTensor<float>? b = call.OptionalFloats(3, D, 2 * gates * H), peepholes = hasCells ? call.OptionalFloats(7, D, 3 * H) : null;
        OnnxTensor<float>? h0 = State(call, 5, D, B, H), c0 = hasCells ? State(call, 6, D, B, H) : null;
        int[] lengths = Lengths(call, T, B);

        OnnxTensor<float> y = call.New<float>(T, D, B, H), h = call.New<float>(D, B, H), c = call.New<float>(D, B, H);
        OnnxTensor<float> z = call.New<float>(T, B, gates * H);
        call.Budget.TakeOperations((double)D * T * B * gates * H * (I + H));
        for (int d = 0; d < D; d++)
        {
            RecurrentCell cell = make(new RecurrentWeights(B, H, Part(R, d), b is null ? new float[2 * gates * H] : Part(b, d),
                peepholes is null ? [] : Part(peepholes, d), functions[d])
            {
                Hidden = h0 is null ? new float[B * H] : Part(h0, d), Cells = c0 is null ? new float[B * H] : Part(c0, d),
            });
            for (int row = 0; row < B; row++)
                if (lengths[row] == 0) cell.Clear(row);
            if (T > 0 && B > 0) Read(x, Part(W, d), cell, z, lengths, reverse: direction == "reverse" || d == 1, y, d);
            cell.Hidden.CopyTo(h.Values, d * B * H);
            cell.Cells.CopyTo(c.Values, d * B * H);
        }
        return [batchFirst ? Shapes.Transpose(call, y, [2, 0, 1, 3]) : y, BatchFirst(call, h), hasCells ? BatchFirst(call, c) : null];
    }

    static float[] Part(OnnxTensor<float> x, int direction)
        => [.. x.Values.AsSpan(direction * (x.Count / x.Sizes[0]), x.Count / x.Sizes[0])];

    /// <summary>Reads all steps in one direction: step s of a row is time s, or counted from the row's end.</summary>
    static void Read(OnnxTensor<float> x, float[] W, RecurrentCell cell, OnnxTensor<float> z, int[] lengths, bool reverse,
        OnnxTensor<float> y, int direction)
    {
        (int T, int B, int I, int sums, int H) = (x.Sizes[0], x.Sizes[1], x.Sizes[2], z.Sizes[2], y.Sizes[3]);
        float[] u = reverse ? new float[x.Count] : x.Values;
        for (int row = 0; reverse && row < B; row++)
            for (int s = 0; s < lengths[row]; s++)
                x.Values.AsSpan(((lengths[row] - 1 - s) * B + row) * I, I).CopyTo(u.AsSpan((s * B + row) * I));
        for (int i = 0; i < T * B; i++) cell.StartBias.CopyTo(z.Values, i * sums);
        Gemm.Multiply(T * B, sums, I, ref u[0], I, 1, ref W[0], 1, I, ref z.Values[0], sums, accumulate: true);   // z = b + x·Wᵀ
        for (int s = 0; s < T; s++)
        {
            cell.Step(z.Values.AsSpan(s * B * sums, B * sums));
            for (int row = 0; row < B; row++)
            {
                if (s >= lengths[row]) continue;
                cell.Accept(row);
                int t = reverse ? lengths[row] - 1 - s : s;
                cell.Hidden.AsSpan(row * H, H).CopyTo(y.Values.AsSpan(((t * y.Sizes[1] + direction) * B + row) * H));
            }
        }
    }

    OnnxTensor<float>? State(Call call, int index, int D, int B, int H) => call.Optional(index) is null ? null
        : TimeFirst(call, batchFirst ? call.Floats(index, B, D, H) : call.Floats(index, D, B, H), 3);

    /// <summary>An input whose first two axes layout 1 has the other way round.</summary>
    OnnxTensor<float> TimeFirst(Call call, OnnxTensor<float> x, int rank)
        => batchFirst && x.Rank == rank ? (OnnxTensor<float>)Shapes.Transpose(call, x, [1, 0, 2]) : x;

    OnnxTensor BatchFirst(Call call, OnnxTensor state) => batchFirst ? Shapes.Transpose(call, state, [1, 0, 2]) : state;

    static int[] Lengths(Call call, int T, int B)
    {
        if (call.OptionalIntegers(4) is not { } given) return [.. Enumerable.Repeat(T, B)];
        if (given.Length != B || given.Any(length => length < 0 || length > T))
            throw call.Error($"expected {B} lengths from 0 to {T}, "
                + $"got {string.Join(", ", given.Take(9))}{(given.Length > 9 ? ", ..." : "")}");
        return [.. given.Select(length => (int)length)];
    }
}
