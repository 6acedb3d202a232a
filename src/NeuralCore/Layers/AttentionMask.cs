namespace NeuralCore;

/// <summary>
/// Which keys (steps that are looked at) each query (step that looks) may attend to, the same for every row of the batch and every head.
/// A mask is made by saying what its true elements mean, so that its polarity cannot be mistaken.
/// <para>A mask goes into a direct call of a layer's Forward; <see cref="Sequential"/> and <see cref="Trainer"/> hand on lengths only, and
/// <c>causal: true</c> is an argument of the layers themselves.</para>
/// <para>PyTorch's boolean <c>attn_mask</c> is <see cref="Block"/>.</para>
/// </summary>
public sealed class AttentionMask
{
    readonly MaskElements? allowed;   // (Tq, Tk); null: causal, for any number of steps

    AttentionMask(MaskElements? allowed) => this.allowed = allowed;

    /// <summary>Each step attends to itself and to the steps before it; as many keys as queries, any number.</summary>
    public static AttentionMask Causal { get; } = new(null);

    /// <summary>Query i attends to key j where <c>allowed[i, j]</c> is true.   (Tq, Tk)</summary>
    /// <exception cref="ArgumentException">A query may attend to nothing.</exception>
    public static AttentionMask Allow(bool[,] allowed) => Where(allowed, true);

    /// <summary>Query i does not attend to key j where <c>blocked[i, j]</c> is true.   (Tq, Tk)</summary>
    /// <exception cref="ArgumentException">A query may attend to nothing.</exception>
    public static AttentionMask Block(bool[,] blocked) => Where(blocked, false);

    static AttentionMask Where(bool[,] elements, bool means)
        => new(new MaskElements(elements, means, "AttentionMask: expected at least one allowed key for every query, got none for query"));

    internal bool Allows(int query, int key) => allowed is null ? key <= query : allowed[query, key];

    /// <summary>Whether this mask is for so many queries and keys.</summary>
    internal bool Fits(int queries, int keys) => allowed is null ? queries == keys : allowed.Fits(queries, keys);

    /// <summary>Its sizes, as errors name them.</summary>
    public override string ToString() => allowed?.ToString() ?? "causal, as many keys as queries";
}
