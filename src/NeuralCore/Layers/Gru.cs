using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Gated recurrent unit over a sequence.   x (B, T, I), y (B, T, D·H) or, for the last step only, (B, D·H)
/// <code>
/// r, z = σ(x_t·W_irᵀ + b_ir + h_(t-1)·W_hrᵀ + b_hr), the same with z
/// n    = tanh(x_t·W_inᵀ + b_in + r∘(h_(t-1)·W_hnᵀ + b_hn))     the reset gate after the product, or before it:
/// n    = tanh(x_t·W_inᵀ + b_in + (r∘h_(t-1))·W_hnᵀ + b_hn)
/// h_t  = (1 - z)∘n + z∘h_(t-1)
/// </code>
/// Parameters as in PyTorch's nn.GRU, for layer k: <c>weight_ih_l{k}</c> (3H, I, or D·H above the first layer), <c>weight_hh_l{k}</c>
/// (3H, H), <c>bias_ih_l{k}</c> and <c>bias_hh_l{k}</c> (3H), gates in the order r, z, n; names of the backward direction end in
/// <c>_reverse</c>. Layers, directions, lengths and states: see <see cref="RecurrentLayer"/>.
/// <para>Sources: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014 (the reset gate before the product, as
/// Keras with reset_after=False; z and 1 - z swapped); after the product as PyTorch, cuDNN and Keras by default.</para>
/// </summary>
public sealed class Gru : RecurrentLayer
{
    readonly bool resetAfter;

    /// <summary>Declares the parameters of a stack with <paramref name="hiddenSize"/> units in each layer and direction.</summary>
    /// <param name="inputSize">Features I of a step.</param>
    /// <param name="hiddenSize">Units H.</param>
    /// <param name="layers">Layers of the stack.</param>
    /// <param name="bidirectional">Whether each layer also reads the sequence from its end.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="dropout">Probability of dropout between layers, in training; without effect on a single layer.</param>
    /// <param name="lastStep">Whether the output is the last hidden state alone, (B, H) or in both directions (B, 2H), instead of all
    /// steps.</param>
    /// <param name="resetAfter">Whether the reset gate acts after the product with the hidden state, as in PyTorch, or before it.</param>
    /// <param name="weights">Initializer of weight_ih; by default all parameters are uniform in ±1/√H, as in PyTorch. With it biases
    /// start at 0.</param>
    /// <param name="recurrent">Initializer of weight_hh, by default that of weight_ih.</param>
    public Gru(int inputSize, int hiddenSize, int layers = 1, bool bidirectional = false, bool bias = true, float dropout = 0,
        bool lastStep = false, bool resetAfter = true, Initializer? weights = null, Initializer? recurrent = null)
        : base(3, inputSize, hiddenSize, layers, bidirectional, bias, dropout, lastStep, weights, recurrent, weights is null ? null : 0f,
            w => new GruRecurrence(w, resetAfter))
        => this.resetAfter = resetAfter;

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => base.Describe().Set("resetAfter", resetAfter);

    internal static Layer From(LayerConfig c) => new Gru(c.Integer("inputSize"), c.Integer("hiddenSize"), c.Parts("layers", 1),
        c.Flag("bidirectional", false), c.Flag("bias", true), (float)c.Number("dropout", 0), c.Flag("lastStep", false),
        c.Flag("resetAfter", true));

    /// <summary>The same from a given initial state.</summary>
    /// <param name="x">Input (B, T, I).</param>
    /// <param name="initial">State (layers·directions, B, H) before the first step that is read; an empty tensor stands for zeros.</param>
    /// <param name="tape">The tape of this pass.</param>
    /// <param name="final">State after the last step that is read. It lives until the tape's next pass.</param>
    public Tensor Forward(Tensor x, Tensor initial, Tape tape, out Tensor final)
    {
        Tensor y = Run(x, new RecurrentState(initial), tape, out RecurrentState state);
        final = state.H;
        return y;
    }

    /// <summary>The same with gradients of the final state coming in and of the initial state going out; any but that going out may be
    /// empty.</summary>
    public Tensor Backward(Tensor dY, Tensor dFinal, Tape tape, out Tensor dInitial)
    {
        Tensor dX = RunBack(dY, new RecurrentState(dFinal), tape, out RecurrentState state);
        dInitial = state.H;
        return dX;
    }

    /// <summary>Reads one step of a live sequence, with the bits that the whole sequence would give; see <see cref="Lstm.Step"/>.</summary>
    /// <param name="x">Input of the step (B, I).</param>
    /// <param name="state">State (layers, B, H) before the step, and then after it. An empty tensor stands for zeros and is made at the
    /// first call; from then on it is moved on in place and nothing is allocated. A state that a pass gave out is continued from its
    /// <see cref="Tensor.Copy"/>.</param>
    /// <param name="tape">A tape whose pass does not train.</param>
    /// <returns>The top layer's hidden state (B, H).</returns>
    /// <exception cref="InvalidOperationException">The layer is bidirectional, or the tape trains.</exception>
    public Tensor Step(Tensor x, ref Tensor state, Tape tape)
    {
        RequireStep(x, tape);
        if (state.IsEmpty) state = new Tensor(StateShape(x.Shape[0]));
        return RunStep(x, new RecurrentState(state), tape);
    }
}

/// <summary>
/// The GRU's steps. The sums of 16 units lie side by side: [n r z n_h][16], n over the input and n_h over the hidden state, or [n r z][16]
/// with the reset gate before the product, where a step's operands are [x | h | s] with s = r∘h. So the sums over the input are one
/// product, and so are those over the hidden state. The backward products run over the wanted slots of all blocks in one chain.
/// </summary>
sealed class GruRecurrence : Recurrence
{
    const int R = 0, Z = 1, N = 2;   // PyTorch's order
    static readonly int[] OfInput = [N, R, Z], OfState = [R, Z, N], OfStateBefore = [R, Z], OfReset = [N];

    readonly bool after;
    readonly int[] ofState;          // gates in the product with h
    float[] forwardX = [], forwardH = [], forwardS = [];      // packed, block by block
    Int8Weights? int8Reset;
    float[] backwardX = [], backwardH = [], backwardS = [];   // packed

    internal GruRecurrence(RecurrentWeights weights, bool after)
        : base(weights, after ? 4 : 3, [1, 2, 0], after ? [1, 2, 3] : [1, 2, 0], after ? 1 : 2)
        => (this.after, ofState) = (after, after ? OfState : OfStateBefore);

    internal override bool HasCells => false;

    private protected override bool UnitsAlone => after;

    private protected override int HiddenOperand(int gate) => after || gate != N ? I : I + hPadded;

    private protected override void PackWeights()
    {
        if (forwardX.Length == 0)
        {
            (forwardX, backwardX) = (Blocks(checked(3 * Lane * I)), AlignedArray.New(Gemm.PackedSize(3 * hPadded, I)));
            (forwardH, backwardH) = (Blocks(ofState.Length * Lane * hPadded),
                AlignedArray.New(Gemm.PackedSize(ofState.Length * hPadded, hPadded)));
            if (!after) (forwardS, backwardS) = (Blocks(Lane * hPadded), AlignedArray.New(Gemm.PackedSize(hPadded, hPadded)));
        }
        Pack(weights.Ih, OfInput, I, forwardX, backwardX);
        Pack(weights.Hh, ofState, hPadded, forwardH, backwardH);
        if (!after) Pack(weights.Hh, OfReset, hPadded, forwardS, backwardS);
    }

    private protected override void PackBias(ReadOnlySpan<float> bIh, ReadOnlySpan<float> bHh)
    {
        for (int unit = 0; unit < H; unit++)
        {
            ref float b = ref Add(ref AlignedArray.First(bias), unit / Lane * slots * Lane + unit % Lane);
            Add(ref b, Lane) = bIh[R * H + unit] + bHh[R * H + unit];
            Add(ref b, 2 * Lane) = bIh[Z * H + unit] + bHh[Z * H + unit];
            b = after ? bIh[N * H + unit] : bIh[N * H + unit] + bHh[N * H + unit];
            if (after) Add(ref b, 3 * Lane) = bHh[N * H + unit];
        }
    }

    float[] Blocks(int size) => AlignedArray.New(checked(hPadded / Lane * size));

    ref float Block(float[] packed, int unit) => ref Add(ref AlignedArray.First(packed), AlignedArray.All(packed).Length / hPadded * unit);

    /// <summary>
    /// W (3H, N) of some gates: to the right operands of a·Wᵀ with N rows, block by block, and to that of dZ·W with N columns.
    /// </summary>
    void Pack(Parameter w, int[] gates, int columns, float[] forward, float[] backward)
    {
        for (int unit = 0; unit < H; unit += Lane) PackColumns(w, gates, unit, ref Block(forward, unit));
        PackRows(w, columns, gates, gates.Length * hPadded, AlignedArray.All(backward));
    }

    private protected override void Steps(Tensor u, Tensor z, Tensor c)
    {
        (int T, int B) = (u.Shape[0] - 1, u.Shape[1]);
        (int nextZ, int rowZ) = (z.Shape[0] == 1 ? 0 : B * zPadded, z.Shape[2]);
        bool few = B < FewRows;   // then the input products of all steps are one matrix product, with the same bits
        for (int unit = 0; few && unit < hPadded; unit += Lane)
            InputProduct(T * B, ref u.Ref, ref Add(ref z.Ref, slots * unit), zPadded, unit);
        for (int t = 0; t < T; t++)
        {
            ref float uT = ref Add(ref u.Ref, t * B * uPadded), zT = ref Add(ref z.Ref, t * nextZ);
            ref float before = ref Add(ref uT, I), h = ref Add(ref before, B * uPadded);
            (int unit, int next) = Order(t);
            if (few) HiddenProducts(B, ref before, ref zT, unit, next);
            if (few && after)
            {
                for (int row = 0; row < B; row++)   // a row's units are as good as rows
                    GruCell.Apply(new GruForward<FloatCell>(ref Add(ref zT, row * zPadded), slots * Lane,
                        ref Add(ref before, row * uPadded), ref Add(ref h, row * uPadded), Lane), hPadded / Lane);
                continue;
            }
            for (int n = 0; n < hPadded; n += Lane, unit += next)
            {
                ref float gates = ref Add(ref zT, rowZ == zPadded ? slots * unit : 0), hBefore = ref Add(ref before, unit);
                if (!few)
                {
                    InputProduct(B, ref uT, ref gates, rowZ, unit);
                    HiddenProduct(B, ref before, ref Add(ref gates, Lane), rowZ, unit);
                }
                if (after) GruCell.Apply(new GruForward<FloatCell>(ref gates, rowZ, ref hBefore, ref Add(ref h, unit), uPadded), B);
                else GruCell.Apply(new GruReset<FloatCell>(ref gates, zPadded, ref hBefore, ref Add(ref hBefore, hPadded), uPadded), B);
            }
            for (unit = 0; !after && unit < hPadded; unit += Lane)
            {
                ref float gates = ref Add(ref zT, slots * unit);
                Gemm.MultiplyPacked(B, Lane, hPadded, ref Add(ref before, hPadded), uPadded, ref Block(forwardS, unit), ref gates, zPadded,
                    ref gates, zPadded);
                GruCell.Apply(new GruUpdate<FloatCell>(ref gates, zPadded, ref Add(ref before, unit), ref Add(ref h, unit), uPadded), B);
            }
        }
    }

    /// <summary>The sums over the input for 16 units; n_h begins at its bias.</summary>
    void InputProduct(int rows, ref float x, ref float sums, int rowZ, int unit)
    {
        ref float b = ref Add(ref AlignedArray.First(bias), slots * unit);
        Gemm.MultiplyPacked(rows, 3 * Lane, I, ref x, uPadded, ref Block(forwardX, unit), ref b, 0, ref sums, rowZ);
        if (after) Rows.Copy(ref Add(ref b, 3 * Lane), 0, ref Add(ref sums, 3 * Lane), rowZ, rows, Lane);
    }

    /// <summary>The sums over the hidden state for 16 units, resumed from those over the input.</summary>
    void HiddenProduct(int B, ref float h, ref float sums, int rowZ, int unit)
        => Gemm.MultiplyPacked(B, ofState.Length * Lane, hPadded, ref h, uPadded, ref Block(forwardH, unit), ref sums, rowZ,
            ref sums, rowZ);

    /// <summary>The same for a few rows and all units at once.</summary>
    void HiddenProducts(int B, ref float h, ref float z, int first, int next)
    {
        int gates = ofState.Length, columns = gates * Lane;
        ref float sums = ref Add(ref z, slots * first + Lane);
        Gemm.MultiplyPanels(B, hPadded / Lane, columns, hPadded, ref h, uPadded, ref Block(forwardH, first), gates * next * hPadded,
            ref sums, zPadded, slots * next, ref sums, zPadded, slots * next);
    }

    private protected override void Int8Cells(int B, ref float z, ref float before, ref float after, ref float hBefore,
        ref float h, Tape tape)
    {
        for (int row = 0; row < B; row++)
        {
            ref float gates = ref Add(ref z, row * zPadded), old = ref Add(ref hBefore, row * uPadded);
            if (this.after)
                GruCell.Apply(new GruForward<Int8Cell>(ref gates, slots * Lane, ref old, ref Add(ref h, row * uPadded), Lane),
                    hPadded / Lane);
            else GruCell.Apply(new GruReset<Int8Cell>(ref gates, slots * Lane, ref old, ref Add(ref old, hPadded), Lane), hPadded / Lane);
        }
        if (this.after) return;
        Int8Product(int8Reset!, B, ref Add(ref hBefore, hPadded), ref z, tape);
        for (int row = 0; row < B; row++)
            GruCell.Apply(new GruUpdate<Int8Cell>(ref Add(ref z, row * zPadded), slots * Lane, ref Add(ref hBefore, row * uPadded),
                ref Add(ref h, row * uPadded), Lane), hPadded / Lane);
    }

    private protected override void PackInt8()
    {
        base.PackInt8();
        if (!after) int8Reset = Int8Of(weights.Hh, gate => gate == N ? 0 : -1);
    }

    private protected override void StepBack(int t, Tensor u, Tensor z, Tensor c, Tensor dH, Tensor dC, Tape tape)
    {
        int B = u.Shape[1];
        ref float dZ = ref Add(ref z.Ref, t * B * zPadded), before = ref Add(ref u.Ref, t * B * uPadded + I);
        for (int unit = 0; unit < hPadded; unit += Lane)
        {
            ref float gates = ref Add(ref dZ, slots * unit), hBefore = ref Add(ref before, unit), dh = ref Add(ref dH.Ref, unit);
            if (after) GruCell.Apply(new GruBackward(ref gates, zPadded, ref hBefore, uPadded, ref dh, hPadded), B);
            else GruCell.Apply(new GruUpdateBackward(ref gates, zPadded, ref hBefore, uPadded, ref dh, hPadded), B);
        }
        if (!after)
        {
            var mark = tape.Mark();
            Tensor dS = tape.Tensor(dH.Shape);
            Product(B, 0, 1, ref dZ, backwardS, hPadded, ref dS.Ref, accumulate: false);   // dS = dZ_n·W_hn
            for (int unit = 0; unit < hPadded; unit += Lane)
                GruCell.Apply(new GruResetBackward(ref Add(ref dZ, slots * unit), zPadded, ref Add(ref before, unit), uPadded,
                    ref Add(ref dS.Ref, unit), ref Add(ref dH.Ref, unit), hPadded), B);
            tape.Release(mark);
        }
        Product(B, 1, ofState.Length, ref dZ, backwardH, hPadded, ref dH.Ref, accumulate: true);   // dh_(t-1) += dZ·W_hh
    }

    private protected override void InputGradient(int rows, ref float dZ, ref float dX)
        => Product(rows, 0, 3, ref dZ, backwardX, iPadded, ref dX, accumulate: false);

    /// <summary>y = dZ·W, or y += dZ·W, over slots <paramref name="slot"/>.. of all blocks.</summary>
    void Product(int rows, int slot, int count, ref float dZ, float[] packed, int columns, ref float y, bool accumulate)
        => Gemm.MultiplyGroups(rows, columns, hPadded / Lane, count * Lane, slots * Lane, ref Add(ref dZ, slot * Lane), zPadded,
            ref AlignedArray.First(packed), ref y, columns, accumulate);
}
