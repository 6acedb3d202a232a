using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>Parameters of one direction of a recurrent node and the states (B, H) before its first step.</summary>
sealed record RecurrentWeights(int B, int H, float[] R, float[] Bias, float[] Peepholes, RecurrentActivation.InPlace[] Functions)
{
    internal required float[] Hidden { get; init; }

    internal required float[] Cells { get; init; }

    /// <summary>Some gates of R (G·H, H), packed as the right operand of h·Rᵀ.</summary>
    internal float[] Pack(int gate, int count)
    {
        float[] packed = AlignedArray.New(Gemm.PackedSize(H, count * H));
        Gemm.Pack(ref R[gate * H * H], 1, H, H, count * H, ref AlignedArray.First(packed));
        return packed;
    }
}

/// <summary>
/// One direction of a recurrent node: from z_t = x_t·Wᵀ + b and the states before a step to those after it. Every input of a gate's
/// activation is first bounded to ±clip.
/// </summary>
abstract class RecurrentCell(RecurrentWeights weights, float clip)
{
    private protected readonly int B = weights.B, H = weights.H;
    private protected readonly float[] nextHidden = new float[weights.B * weights.H], nextCells = new float[weights.B * weights.H];

    /// <summary>States (B, H) before the next step.</summary>
    internal float[] Hidden { get; } = weights.Hidden;

    /// <inheritdoc cref="Hidden"/>
    internal float[] Cells { get; } = weights.Cells;

    /// <summary>What z begins with: b_W + b_R.</summary>
    internal virtual float[] StartBias { get; }
        = [.. weights.Bias.Take(weights.Bias.Length / 2).Zip(weights.Bias.Skip(weights.Bias.Length / 2), (w, r) => w + r)];

    /// <summary>Computes the states after a step for all rows, from z (B, G·H), which is overwritten.</summary>
    internal abstract void Step(Span<float> z);

    /// <summary>Takes a row's states after the step as those before the next one.</summary>
    internal void Accept(int row)
    {
        nextHidden.AsSpan(row * H, H).CopyTo(Hidden.AsSpan(row * H));
        nextCells.AsSpan(row * H, H).CopyTo(Cells.AsSpan(row * H));
    }

    /// <summary>Takes zeros as a row's states.</summary>
    internal void Clear(int row)
    {
        Hidden.AsSpan(row * H, H).Clear();
        Cells.AsSpan(row * H, H).Clear();
    }

    /// <summary>to (B, ·) = start + a·Rᵀ for packed rows of R; to may be start.</summary>
    private protected void Product(float[] a, float[] packed, int columns, ref float start, int rowStart, ref float to, int rowTo)
        => Gemm.MultiplyPacked(B, columns, H, ref a[0], H, ref AlignedArray.First(packed), ref start, rowStart, ref to, rowTo);

    /// <summary>x = f(x), bounded before.</summary>
    private protected void Apply(int function, Span<float> x, bool bounded = true)
    {
        if (bounded && clip < float.PositiveInfinity)
            foreach (ref float v in x) v = Math.Clamp(v, -clip, clip);
        weights.Functions[function](x);
    }
}

/// <summary>
/// h_t = f(z), z = x_t·Wᵀ + h_(t-1)·Rᵀ + b.
/// </summary>
sealed class RnnCell(RecurrentWeights weights, float clip) : RecurrentCell(weights, clip)
{
    readonly float[] packed = weights.Pack(0, 1);

    internal override void Step(Span<float> z)
    {
        Product(Hidden, packed, H, ref z[0], H, ref z[0], H);
        Apply(0, z);
        z.CopyTo(nextHidden);
    }
}

/// <summary>
/// Gates in the order i, o, f, c; peepholes in the order i, o, f.
/// <code>
/// z = x_t·Wᵀ + h_(t-1)·Rᵀ + b
/// i = f(z_i + p_i∘c_(t-1))    f = f(z_f + p_f∘c_(t-1)), or 1 - i where they are coupled    g = g(z_c)
/// c_t = f∘c_(t-1) + i∘g       o = f(z_o + p_o∘c_t)                                         h_t = o∘h(c_t)
/// </code>
/// The clip does not bound c_t, as in ONNX Runtime.
/// </summary>
sealed class LstmCell(RecurrentWeights weights, bool coupled, float clip) : RecurrentCell(weights, clip)
{
    readonly float[] packed = weights.Pack(0, 4), p = weights.Peepholes;

    internal override void Step(Span<float> z)
    {
        Product(Hidden, packed, 4 * H, ref z[0], 4 * H, ref z[0], 4 * H);
        for (int row = 0; row < B; row++)
        {
            Span<float> gates = z.Slice(row * 4 * H, 4 * H), i = gates[..H], o = gates[H..(2 * H)], f = gates[(2 * H)..(3 * H)],
                g = gates[(3 * H)..];
            Span<float> before = Cells.AsSpan(row * H, H), c = nextCells.AsSpan(row * H, H), h = nextHidden.AsSpan(row * H, H);
            Peep(i, 0, before);
            Peep(f, 2, before);
            Apply(0, i);
            if (coupled) for (int k = 0; k < H; k++) f[k] = 1 - i[k];
            else Apply(0, f);
            Apply(1, g);
            for (int k = 0; k < H; k++) c[k] = f[k] * before[k] + i[k] * g[k];
            Peep(o, 1, c);
            Apply(0, o);
            c.CopyTo(h);
            Apply(2, h, bounded: false);
            for (int k = 0; k < H; k++) h[k] *= o[k];
        }
    }

    void Peep(Span<float> gate, int part, Span<float> c)
    {
        for (int k = 0; k < H && p.Length > 0; k++) gate[k] += p[part * H + k] * c[k];
    }
}

/// <summary>
/// Gates in the order z, r, h.
/// <code>
/// z, r = f(x_t·Wᵀ + h_(t-1)·Rᵀ + b)
/// n    = g(x_t·W_hᵀ + (r∘h_(t-1))·R_hᵀ + b_Rh + b_Wh)          or, with linear_before_reset,
/// n    = g(x_t·W_hᵀ + r∘(h_(t-1)·R_hᵀ + b_Rh) + b_Wh)
/// h_t  = (1 - z)∘n + z∘h_(t-1)
/// </code>
/// </summary>
sealed class GruCell : RecurrentCell
{
    readonly bool after;
    readonly float[] packedGates, packedHidden, biasHidden, reset;

    internal GruCell(RecurrentWeights weights, bool after, float clip) : base(weights, clip)
    {
        this.after = after;
        (packedGates, packedHidden, reset) = (weights.Pack(0, 2), weights.Pack(2, 1), new float[B * H]);
        biasHidden = weights.Bias[(5 * H)..];
        StartBias = base.StartBias;
        if (after) weights.Bias.AsSpan(2 * H, H).CopyTo(StartBias.AsSpan(2 * H));   // b_Rh is within the brackets
    }

    internal override float[] StartBias { get; }

    internal override void Step(Span<float> z)
    {
        Product(Hidden, packedGates, 2 * H, ref z[0], 3 * H, ref z[0], 3 * H);
        if (after) Product(Hidden, packedHidden, H, ref biasHidden[0], 0, ref reset[0], H);
        for (int row = 0; row < B; row++)
        {
            Span<float> r = z.Slice((row * 3 + 1) * H, H), n = z.Slice((row * 3 + 2) * H, H), s = reset.AsSpan(row * H, H);
            Apply(0, z.Slice(row * 3 * H, 2 * H));
            for (int k = 0; k < H; k++)
                if (after) n[k] += r[k] * s[k];
                else s[k] = r[k] * Hidden[row * H + k];
        }
        if (!after) Product(reset, packedHidden, H, ref z[2 * H], 3 * H, ref z[2 * H], 3 * H);
        for (int row = 0; row < B; row++)
        {
            Span<float> update = z.Slice(row * 3 * H, H), n = z.Slice((row * 3 + 2) * H, H);
            Apply(1, n);
            for (int k = row * H, j = 0; j < H; j++, k++) nextHidden[k] = (1 - update[j]) * n[j] + update[j] * Hidden[k];
        }
    }
}
