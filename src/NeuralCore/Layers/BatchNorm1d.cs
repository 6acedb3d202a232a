namespace NeuralCore;

/// <summary>
/// Batch normalisation of each feature over the rows of a batch.   x, y (N, C); γ <c>weight</c>, β <c>bias</c> (C)
/// <code>
/// training:   μ = Σ x / N    v = Σ (x - μ)² / N    y = γ·x̂ + β,  x̂ = (x - μ) / √(v + ε)
/// inference:  the same with running_mean and running_var in place of μ and v
/// after a training pass:  running = (1 - momentum)·running + momentum·statistic,  with v·N/(N - 1) as variance
/// </code>
/// The running statistics are buffers: a pass only keeps what they need, <see cref="Tape.Commit"/> moves them. A <see cref="Trainer"/>
/// passes shards of <see cref="Trainer.ShardRows"/> rows, so N is that of a shard; one row has no variance to normalise by and is refused.
/// <para>The same as PyTorch's BatchNorm1d. Source: Ioffe and Szegedy, "Batch normalization", 2015.</para>
/// </summary>
public sealed class BatchNorm1d : Layer
{
    readonly int C;
    readonly double epsilon, momentum;
    readonly Parameter gamma, beta, runningMean, runningVar, batches;

    /// <summary>Declares weight (1), bias (0), running_mean (0), running_var (1) and num_batches_tracked (0).</summary>
    public BatchNorm1d(int features, double epsilon = 1e-5, double momentum = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        (C, this.epsilon, this.momentum) = (features, epsilon, momentum);
        gamma = Parameter("weight", new Shape(C), 1f);
        beta = Parameter("bias", new Shape(C), 0f);
        runningMean = Buffer("running_mean", new Shape(C), 0f);
        runningVar = Buffer("running_var", new Shape(C), 1f);
        batches = Buffer("num_batches_tracked", new Shape([]), 0f);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 2 && input[1] == C ? input : throw ShapeError($"input (batch, {C})", input);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        int N = OutputShape(x.Shape)[0];
        if (tape.Training && N < 2) throw ShapeError("at least two rows in training (choose rows and batch size so that no shard has one)", x.Shape);
        Tensor y = tape.Tensor(x.Shape), normal = tape.Tensor(x.Shape), inverse = tape.Tensor(C), statistics = tape.Tensor(2, C);
        for (int c = 0; c < C; c++)
        {
            (double mean, double variance) = tape.Training ? Moments(x, c) : (runningMean.Value[c], runningVar.Value[c]);
            double scale = 1 / Math.Sqrt(variance + epsilon);
            inverse.Span[c] = (float)scale;
            statistics.Row(0)[c] = (float)mean;
            statistics.Row(1)[c] = (float)(variance * N / (N - 1));
            for (int n = 0; n < N; n++)
            {
                float xHat = normal.Row(n)[c] = (float)((x[n, c] - mean) * scale);
                y.Row(n)[c] = gamma.Value[c] * xHat + beta.Value[c];
            }
        }
        tape.Keep(this, statistics);
        tape.Push(this, normal.WithGradient(x.NeedsGradient));
        tape.Push(this, inverse);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor inverse = tape.Pop(this), normal = tape.Pop(this);
        int N = normal.Shape[0];
        Span<float> dGamma = tape.Gradient(gamma), dBeta = tape.Gradient(beta);
        Tensor dX = normal.NeedsGradient ? tape.Tensor(normal.Shape) : default;
        for (int c = 0; c < C; c++)
        {
            // dβ = Σ dY,  dγ = Σ dY·x̂,  dX = γ/√(v + ε)·(dY - dβ/N - x̂·dγ/N)
            double sum = 0, along = 0;
            for (int n = 0; n < N; n++)
            {
                sum += dY[n, c];
                along += (double)dY[n, c] * normal[n, c];
            }
            dBeta[c] += (float)sum;
            dGamma[c] += (float)along;
            if (dX.IsEmpty) continue;
            double factor = (double)gamma.Value[c] * inverse.Span[c];
            for (int n = 0; n < N; n++) dX.Row(n)[c] = (float)(factor * (dY[n, c] - sum / N - normal[n, c] * (along / N)));
        }
        return dX;
    }

    /// <inheritdoc/>
    protected internal override void UpdateBuffers(Tensor kept)
    {
        Move(runningMean.Value, kept.Row(0));
        Move(runningVar.Value, kept.Row(1));
        batches.Value[0]++;
    }

    void Move(Span<float> running, ReadOnlySpan<float> statistic)
    {
        for (int c = 0; c < C; c++) running[c] = (float)((1 - momentum) * running[c] + momentum * statistic[c]);
    }

    static (double Mean, double Variance) Moments(Tensor x, int c)
    {
        int N = x.Shape[0];
        double sum = 0, squares = 0;
        for (int n = 0; n < N; n++) sum += x[n, c];
        double mean = sum / N;
        for (int n = 0; n < N; n++) squares += (x[n, c] - mean) * (x[n, c] - mean);
        return (mean, squares / N);
    }
}
