using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>Hidden and cell states of a recurrent layer, each (layers·directions, B, H); empty tensors stand for zeros.</summary>
public readonly record struct LstmState(Tensor H, Tensor C)
{
    /// <summary>The same state in memory of its own, which no later pass overwrites.</summary>
    public LstmState Copy() => new(H.Copy(), C.Copy());

    internal RecurrentState Inner => new(H, C);

    internal static LstmState Of(RecurrentState state) => new(state.H, state.C);
}

/// <summary>
/// Long short-term memory over a sequence.   x (B, T, I), y (B, T, D·H) or, for the last step only, (B, D·H)
/// <code>
/// z = x_t·W_ihᵀ + b_ih + h_(t-1)·W_hhᵀ + b_hh          z = [i | f | g | o]
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)    g = tanh(z_g)    c_t = f∘c_(t-1) + i∘g    h_t = o∘tanh(c_t)
/// </code>
/// Parameters as in PyTorch's nn.LSTM, for layer k: <c>weight_ih_l{k}</c> (4H, I, or D·H above the first layer), <c>weight_hh_l{k}</c>
/// (4H, H), <c>bias_ih_l{k}</c> and <c>bias_hh_l{k}</c> (4H), gates in the order i, f, g, o; names of the backward direction end in
/// <c>_reverse</c>. Layers, directions, lengths and states: see <see cref="RecurrentLayer"/>.
/// <para>Sources: Hochreiter and Schmidhuber, "Long short-term memory", 1997; Gers et al., "Learning to forget", 2000.</para>
/// </summary>
public sealed class Lstm : RecurrentLayer
{
    /// <summary>Declares the parameters of a stack with <paramref name="hiddenSize"/> units in each layer and direction.</summary>
    /// <param name="inputSize">Features I of a step.</param>
    /// <param name="hiddenSize">Units H.</param>
    /// <param name="layers">Layers of the stack.</param>
    /// <param name="bidirectional">Whether each layer also reads the sequence from its end.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="dropout">Probability of dropout between layers, in training; without effect on a single layer.</param>
    /// <param name="lastStep">Whether the output is the last hidden state alone, (B, H) or in both directions (B, 2H), instead of all
    /// steps.</param>
    /// <param name="weights">Initializer of weight_ih; by default all parameters are uniform in ±1/√H, as in PyTorch.</param>
    /// <param name="recurrent">Initializer of weight_hh, by default that of weight_ih.</param>
    /// <param name="forgetBias">What the forget gate's bias starts at. With it or with <paramref name="weights"/> all other biases start at
    /// 0.</param>
    public Lstm(int inputSize, int hiddenSize, int layers = 1, bool bidirectional = false, bool bias = true, float dropout = 0,
        bool lastStep = false, Initializer? weights = null, Initializer? recurrent = null, float forgetBias = 0f)
        : base(4, inputSize, hiddenSize, layers, bidirectional, bias, dropout, lastStep, weights, recurrent,
            weights is null && forgetBias == 0 ? null : Initializers.ForgetGate(forgetBias),
            w => new LstmRecurrence(w))
    { }

    internal static Layer From(LayerConfig c) => new Lstm(c.Integer("inputSize"), c.Integer("hiddenSize"), c.Parts("layers", 1),
        c.Flag("bidirectional", false), c.Flag("bias", true), (float)c.Number("dropout", 0), c.Flag("lastStep", false));

    /// <summary>The same from a given initial state.</summary>
    /// <param name="x">Input (B, T, I).</param>
    /// <param name="initial">State before the first step that is read; an empty tensor stands for zeros.</param>
    /// <param name="tape">The tape of this pass.</param>
    /// <param name="final">State after the last step that is read. It lives until the tape's next pass.</param>
    public Tensor Forward(Tensor x, LstmState initial, Tape tape, out LstmState final)
    {
        Tensor y = Run(x, initial.Inner, tape, out RecurrentState state);
        final = LstmState.Of(state);
        return y;
    }

    /// <summary>
    /// The same with gradients of the final state coming in and of the initial state going out; any but those going out may be empty.
    /// </summary>
    public Tensor Backward(Tensor dY, LstmState dFinal, Tape tape, out LstmState dInitial)
    {
        Tensor dX = RunBack(dY, dFinal.Inner, tape, out RecurrentState state);
        dInitial = LstmState.Of(state);
        return dX;
    }

    /// <summary>
    /// Reads one step of a live sequence, with the bits that the whole sequence would give. Like every part of a pass it comes after
    /// <see cref="Tape.Begin"/>, so that it stands among other layers.
    /// <code>
    /// var lstm = new Lstm(6, 32);
    /// var head = new Dense(32, 3);
    /// var model = new Model(new Sequential(lstm, head), seed: 1);     // trained or loaded
    /// Tape tape = model.Tape();
    /// LstmState state = default;
    /// foreach (Tensor x in candles)                                   // (1, 6)
    /// {
    ///     tape.Begin(training: false);
    ///     Tensor logits = head.Forward(lstm.Step(x, ref state, tape), tape);
    /// }
    /// </code>
    /// </summary>
    /// <param name="x">Input of the step (B, I).</param>
    /// <param name="state">State before the step, and then after it. Empty tensors stand for zeros and are made at the first call; from
    /// then on they are moved on in place and nothing is allocated. A state that a pass gave out is continued from its
    /// <see cref="LstmState.Copy"/>.</param>
    /// <param name="tape">A tape whose pass does not train.</param>
    /// <returns>The top layer's hidden state (B, H).</returns>
    /// <exception cref="InvalidOperationException">The layer is bidirectional, or the tape trains.</exception>
    public Tensor Step(Tensor x, ref LstmState state, Tape tape)
    {
        RequireStep(x, tape);
        if (state.H.IsEmpty || state.C.IsEmpty)
        {
            Shape zeros = StateShape(x.Shape[0]);
            state = new LstmState(state.H.IsEmpty ? new Tensor(zeros) : state.H, state.C.IsEmpty ? new Tensor(zeros) : state.C);
        }
        return RunStep(x, state.Inner, tape);
    }
}

/// <summary>
/// The LSTM's steps. The four gates of 16 units lie side by side, [i f g o][16], so that one product over [x | h] gives them all.
/// </summary>
sealed class LstmRecurrence(RecurrentWeights weights) : Recurrence(weights, Gates.Length, Gates, Gates)
{
    static readonly int[] Gates = [0, 1, 2, 3];
    float[] forwardW = [], backwardH = [], backwardX = [];   // packed: [x | h]·W, dZ·W_hh, dZ·W_ih

    internal override bool HasCells => true;

    private protected override bool UnitsAlone => true;

    private protected override void PackWeights()
    {
        if (forwardW.Length == 0)
        {
            forwardW = AlignedArray.New(Gemm.PackedSize(I + hPadded, zPadded));
            backwardH = AlignedArray.New(Gemm.PackedSize(zPadded, hPadded));
            backwardX = AlignedArray.New(Gemm.PackedSize(zPadded, I));
        }
        for (int unit = 0; unit < H; unit += Lane)
        {
            ref float panel = ref Add(ref AlignedArray.First(forwardW), 4 * unit * (I + hPadded));
            PackColumns(weights.Ih, Gates, unit, ref panel);
            PackColumns(weights.Hh, Gates, unit, ref Add(ref panel, 4 * Lane * I));
        }
        PackRows(weights.Hh, hPadded, Gates, zPadded, AlignedArray.All(backwardH));
        PackRows(weights.Ih, I, Gates, zPadded, AlignedArray.All(backwardX));
    }

    /// <summary>b_ih + b_hh.</summary>
    private protected override void PackBias(ReadOnlySpan<float> bIh, ReadOnlySpan<float> bHh)
    {
        for (int gate = 0; gate < 4; gate++)
            for (int unit = 0; unit < H; unit++)
                Add(ref AlignedArray.First(bias), unit / Lane * 4 * Lane + gate * Lane + unit % Lane) = bIh[gate * H + unit]
                    + bHh[gate * H + unit];
    }

    private protected override void Steps(Tensor u, Tensor z, Tensor c)
    {
        (int T, int B) = (u.Shape[0] - 1, u.Shape[1]);
        ref float u0 = ref u.Ref, z0 = ref z.Ref, c0 = ref c.Ref, w = ref AlignedArray.First(forwardW), b = ref AlignedArray.First(bias);
        (int nextZ, int nextC, int rowZ) = (z.Shape[0] == 1 ? 0 : B * zPadded, c.Shape[0] == 1 ? 0 : B * hPadded, z.Shape[2]);
        // With few rows the input products of all steps are one matrix product; each chain is resumed at its step, with the same bits.
        bool few = B < FewRows;
        if (few)
            for (int block = 0; block < zPadded; block += 4 * Lane)
                Gemm.MultiplyPacked(T * B, 4 * Lane, I, ref u0, uPadded, ref Add(ref w, block * (I + hPadded)), ref Add(ref b, block), 0,
                    ref Add(ref z0, block), zPadded);

        for (int t = 0; t < T; t++)
        {
            ref float uT = ref Add(ref u0, t * B * uPadded), hT = ref Add(ref u0, (t + 1) * B * uPadded + I);
            ref float zT = ref Add(ref z0, t * nextZ), before = ref Add(ref c0, t * nextC), after = ref Add(ref before, nextC);
            if (few)
            {
                (int first, int next) = Order(t);
                ref float z1 = ref Add(ref zT, 4 * first);
                Gemm.MultiplyPanels(B, hPadded / Lane, 4 * Lane, hPadded, ref Add(ref uT, I), uPadded,
                    ref Add(ref w, 4 * first * (I + hPadded) + 4 * Lane * I),
                    4 * next * (I + hPadded), ref z1, zPadded, 4 * next, ref z1, zPadded, 4 * next);
                for (int row = 0; row < B; row++)   // a row's units are as good as rows
                    LstmCell.Forward<FloatCell>(hPadded / Lane, ref Add(ref zT, row * zPadded), 4 * Lane,
                        ref Add(ref before, row * hPadded), ref Add(ref after, row * hPadded), Lane, ref Add(ref hT, row * uPadded), Lane);
                continue;
            }
            (int unit, int by) = Order(t);
            for (int n = 0; n < hPadded; n += Lane, unit += by)
            {
                ref float gates = ref Add(ref zT, rowZ == zPadded ? 4 * unit : 0);
                Gemm.MultiplyPacked(B, 4 * Lane, I + hPadded, ref uT, uPadded, ref Add(ref w, 4 * unit * (I + hPadded)),
                    ref Add(ref b, 4 * unit), 0, ref gates, rowZ);
                LstmCell.Forward<FloatCell>(B, ref gates, rowZ, ref Add(ref before, unit), ref Add(ref after, unit), hPadded,
                    ref Add(ref hT, unit), uPadded);
            }
        }
    }

    private protected override void Int8Cells(int B, ref float z, ref float before, ref float after, ref float hBefore,
        ref float h, Tape tape)
    {
        for (int row = 0; row < B; row++)   // a row's units are as good as rows
            LstmCell.Forward<Int8Cell>(hPadded / Lane, ref Add(ref z, row * zPadded), 4 * Lane, ref Add(ref before, row * hPadded),
                ref Add(ref after, row * hPadded), Lane, ref Add(ref h, row * uPadded), Lane);
    }

    private protected override void StepBack(int t, Tensor u, Tensor z, Tensor c, Tensor dH, Tensor dC, Tape tape)
    {
        int B = u.Shape[1];
        ref float dZ = ref Add(ref z.Ref, t * B * zPadded), before = ref Add(ref c.Ref, t * B * hPadded),
            after = ref Add(ref before, B * hPadded);
        if (B < FewRows)
            for (int row = 0; row < B; row++)
                LstmCell.Backward(hPadded / Lane, ref Add(ref dZ, row * zPadded), 4 * Lane, ref Add(ref before, row * hPadded),
                    ref Add(ref after, row * hPadded), ref Add(ref dH.Ref, row * hPadded), ref Add(ref dC.Ref, row * hPadded), Lane);
        else
            for (int unit = 0; unit < hPadded; unit += Lane)
                LstmCell.Backward(B, ref Add(ref dZ, 4 * unit), zPadded, ref Add(ref before, unit), ref Add(ref after, unit),
                    ref Add(ref dH.Ref, unit), ref Add(ref dC.Ref, unit), hPadded);
        // dh_(t-1) = dZ·W_hh
        Gemm.MultiplyPacked(B, hPadded, zPadded, ref dZ, zPadded, ref AlignedArray.First(backwardH), ref dH.Ref, hPadded);
    }

    private protected override void InputGradient(int rows, ref float dZ, ref float dX)
        => Gemm.MultiplyPacked(rows, iPadded, zPadded, ref dZ, zPadded, ref AlignedArray.First(backwardX), ref dX, iPadded);
}
