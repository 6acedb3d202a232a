using System.Runtime.InteropServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Batch normalisation of each feature over the rows of a batch, and over the valid steps of its sequences.
/// x, y (N, C) or (B, T, C); γ <c>weight</c>, β <c>bias</c> (C)
/// <code>
/// training:   μ = Σ x / N    v = Σ (x - μ)² / N    y = γ·x̂ + β,  x̂ = (x - μ) / √(v + ε)
/// inference:  the same with running_mean and running_var in place of μ and v
/// after a training pass:  running = (1 - momentum)·running + momentum·statistic,  with v·N/(N - 1) as variance
/// </code>
/// <para>In training a row's output depends on the other rows of its batch: this layer alone is exempt from batch-invariance. The running
/// statistics are buffers: a pass only keeps what they need, <see cref="Tape.Commit"/> moves them. A <see cref="Trainer"/> passes shards of
/// <see cref="Trainer.ShardRows"/> rows, so N is that of a shard; a single value has no variance to normalise by and is refused.</para>
/// <para>A frozen buffer (<see cref="Model.Freeze"/>) does not move. While both running_mean and running_var are frozen, training too
/// normalises by them and counts no batches, as PyTorch's layer after eval() and Keras's with trainable = False; else by its batch.</para>
/// <para>What lies past a sequence's length enters no statistic; outputs there are normalised like the others, gradients there are
/// taken as none.</para>
/// <para>The same as PyTorch's nn.BatchNorm1d, but with the features last. Source: Ioffe and Szegedy, "Batch normalization", 2015.</para>
/// </summary>
public sealed class BatchNorm1d : Layer
{
    readonly int C;
    readonly double epsilon;
    readonly double? momentum;
    readonly Parameter? gamma, beta, runningMean, runningVar, batches;

    /// <summary>Declares weight (1) and bias (0) if <paramref name="affine"/>, and if <paramref name="trackStatistics"/> the buffers
    /// running_mean (0), running_var (1) and num_batches_tracked (0).</summary>
    /// <param name="features">C.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="momentum">Share of the newest batch in the running statistics; null: their mean over all batches.</param>
    /// <param name="affine">Whether there are γ and β.</param>
    /// <param name="trackStatistics">Whether there are running statistics; without them inference too uses those of its batch.</param>
    public BatchNorm1d(int features, double epsilon = 1e-5, double? momentum = 0.1, bool affine = true, bool trackStatistics = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (!(epsilon >= 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "BatchNorm1d: expected an epsilon of at least 0");
        if (momentum is not (null or (>= 0 and <= 1)))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "BatchNorm1d: expected a momentum from 0 to 1, or null");
        (C, this.epsilon, this.momentum) = (features, epsilon, momentum);
        if (affine) (gamma, beta) = (Parameter("weight", new Shape(C), 1f), Parameter("bias", new Shape(C), 0f));
        if (!trackStatistics) return;
        runningMean = Buffer("running_mean", new Shape(C), 0f);
        runningVar = Buffer("running_var", new Shape(C), 1f);
        batches = Buffer("num_batches_tracked", new Shape([]), 0f, whole: true);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank is 2 or 3 && input[-1] == C ? input
        : throw ShapeError($"input (batch, {C}) or (batch, time, {C})", input);

    /// <inheritdoc/>
    protected internal override bool NeedsTwoRows => true;

    /// <inheritdoc/>
    protected internal override bool NeedsWholeBatch => runningMean is null;

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
    {
        LayerConfig config = new LayerConfig(nameof(BatchNorm1d)).Set("features", C).Set("epsilon", epsilon);
        if (momentum is double share) config.Set("momentum", share);
        else config.Set("cumulative", true);
        return config.Set("affine", gamma is not null).Set("trackStatistics", runningMean is not null);
    }

    internal static Layer From(LayerConfig c) => new BatchNorm1d(c.Integer("features"), c.Number("epsilon", 1e-5),
        c.Flag("cumulative", false) ? null : c.Number("momentum", 0.1), c.Flag("affine", true), c.Flag("trackStatistics", true));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x), moments = tape.Tensor(3, C);   // μ in two parts, 1/√(v + ε)
        Span<float> mean = moments.Row(0), rest = moments.Row(1), inverse = moments.Row(2);
        if (UsesBatch(tape)) BatchMoments(x, y, moments, tape);
        else
        {
            runningMean!.Value.CopyTo(mean);
            rest.Clear();
            for (int c = 0; c < C; c++) inverse[c] = (float)(1 / Math.Sqrt(runningVar!.Value[c] + epsilon));
        }
        for (int row = 0; row < x.Rows; row++)
        {
            InPlace.Apply(new StandardizeColumns(x.Row(row), mean, rest, inverse, y.Row(row)), C);
            if (gamma is not null) InPlace.Apply(new ScaleShift(y.Row(row), 1, gamma.Value, beta!.Value), C);
        }
        tape.Push(this, x);
        tape.Push(this, moments);
        return y;
    }

    /// <summary>
    /// Whether a pass uses the statistics of its batch: in training, unless both running ones are frozen, and where there are no others.
    /// </summary>
    bool UsesBatch(Tape tape) => runningMean is null || (tape.Training && !(runningMean.Frozen && runningVar!.Frozen));

    /// <summary>The statistics of the valid rows; y serves as scratch memory.</summary>
    void BatchMoments(Tensor x, Tensor y, Tensor moments, Tape tape)
    {
        int N = ValidRows(x);
        if (N < 2)
            throw ShapeError("at least two rows, or valid steps, to normalise by (choose rows and batch size so that no shard has "
                + "only one)", x.Shape);
        Span<float> mean = moments.Row(0), rest = moments.Row(1), inverse = moments.Row(2), ones = tape.Tensor(C).Span;
        Span<double> sums = Doubles(tape);
        foreach (Range rows in Valid(x)) ColumnSums.Add(x.Span[rows], sums);
        for (int c = 0; c < C; c++)
        {
            double m = sums[c] / N;
            mean[c] = (float)m;
            rest[c] = (float)(m - mean[c]);
        }
        ones.Fill(1);
        sums.Clear();
        foreach (Range rows in Valid(x))
        {
            Span<float> xs = x.Span[rows], centred = y.Span[rows];
            for (int at = 0; at < xs.Length; at += C)
                InPlace.Apply(new StandardizeColumns(xs.Slice(at, C), mean, rest, ones, centred.Slice(at, C)), C);
            ColumnSums.AddProducts(centred, centred, sums);
        }
        Tensor statistics = tape.Tensor(2, C);
        for (int c = 0; c < C; c++)
        {
            inverse[c] = (float)(1 / Math.Sqrt(sums[c] / N + epsilon));
            statistics.Row(0)[c] = mean[c];
            statistics.Row(1)[c] = (float)(sums[c] / (N - 1));
        }
        if (runningMean is not null) tape.Keep(this, statistics);
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor moments = tape.Pop(this), x = tape.Pop(this);
        RequireGradient(dY, x.Shape);
        Tensor normal = tape.Tensor(x.Shape), dX = x.NeedsGradient ? tape.Zeros(x.Shape) : default;
        Span<float> inverse = moments.Row(2), mean = tape.Tensor(C).Span, along = tape.Tensor(C).Span, scale = tape.Tensor(C).Span;
        Span<double> sums = Doubles(tape), products = Doubles(tape);
        // dβ += Σ dY,  dγ += Σ dY·x̂,  dX = γ/√(v + ε)·(dY - Σ dY/N - x̂·Σ dY·x̂/N), without the sums where μ and v are given
        foreach (Range rows in Valid(x))
        {
            Span<float> xs = x.Span[rows], normals = normal.Span[rows];
            for (int at = 0; at < xs.Length; at += C)
                InPlace.Apply(new StandardizeColumns(xs.Slice(at, C), moments.Row(0), moments.Row(1), inverse, normals.Slice(at, C)), C);
            ColumnSums.Add(dY.Span[rows], sums);
            ColumnSums.AddProducts(dY.Span[rows], normals, products);
        }
        double share = UsesBatch(tape) ? 1.0 / ValidRows(x) : 0;
        for (int c = 0; c < C; c++)
        {
            if (gamma is not null) tape.Gradient(gamma)[c] += (float)products[c];
            if (beta is not null) tape.Gradient(beta)[c] += (float)sums[c];
            (mean[c], along[c], scale[c]) = ((float)(sums[c] * share), (float)(products[c] * share),
                (gamma is null ? 1 : gamma.Value[c]) * inverse[c]);
        }
        if (dX.IsEmpty) return default;
        foreach (Range rows in Valid(x))
        {
            Span<float> dYs = dY.Span[rows], normals = normal.Span[rows], dXs = dX.Span[rows];
            for (int at = 0; at < dYs.Length; at += C)
                InPlace.Apply(new ProjectColumns(dYs.Slice(at, C), normals.Slice(at, C), mean, along, scale, dXs.Slice(at, C)), C);
        }
        return dX;
    }

    /// <inheritdoc/>
    protected internal override void UpdateBuffers(Tensor kept)
    {
        float count = batches!.Value[0] + 1;
        double share = momentum ?? 1 / (double)count;
        Move(runningMean!, kept.Row(0));
        Move(runningVar!, kept.Row(1));
        if (!batches.Frozen) batches.Value[0] = count;

        void Move(Parameter buffer, ReadOnlySpan<float> statistic)
        {
            if (buffer.Frozen) return;
            Span<float> running = buffer.Value;
            for (int c = 0; c < C; c++) running[c] = (float)((1 - share) * running[c] + share * statistic[c]);
        }
    }

    Span<double> Doubles(Tape tape)
    {
        Span<double> zeros = MemoryMarshal.Cast<float, double>(tape.Tensor(2 * C).Span);
        zeros.Clear();
        return zeros;
    }

    static int ValidRows(Tensor x)
    {
        if (!x.HasLengths || x.Shape.Rank < 3) return x.Rows;
        int steps = 0;
        foreach (int length in x.Lengths) steps += length;
        return steps;
    }

    static ValidBlocks Valid(Tensor x) => new(x);

    /// <summary>The stretches of a tensor's memory that hold valid rows, one after the other.</summary>
    ref struct ValidBlocks(Tensor x)
    {
        readonly bool whole = !x.HasLengths || x.Shape.Rank < 3;
        int next;

        public Range Current { get; private set; }

        public readonly ValidBlocks GetEnumerator() => this;

        public bool MoveNext()
        {
            if (next == (whole ? 1 : x.Shape[0])) return false;
            int stride = whole ? 0 : x.Shape[1] * x.Columns;
            Current = (next * stride)..(next * stride + (whole ? x.Count : x.Lengths[next] * x.Columns));
            next++;
            return true;
        }
    }
}
