using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Tells steps apart by adding sines and cosines of their position, from fast to slow.   x (B, T, D), y (B, T, D), P (T, D)
/// <code>
/// y_t = x_t + P_t     P[t, 2i] = sin(t·ω_i)     P[t, 2i + 1] = cos(t·ω_i)     ω_i = base^(-2i / D)
/// </code>
/// Where D is odd, the last column is a sine. There is nothing to train and no largest T.
/// <para>Source: Vaswani et al., "Attention is all you need", 2017.</para>
/// </summary>
public sealed class SinusoidalPositions : Layer
{
    readonly double frequencyBase;

    /// <summary>Positions with frequencies from 1 down to about 1 / <paramref name="frequencyBase"/>, which is at least 1.</summary>
    public SinusoidalPositions(double frequencyBase = 10000)
    {
        if (!(frequencyBase >= 1 && double.IsFinite(frequencyBase)))
            throw new ArgumentOutOfRangeException(nameof(frequencyBase), frequencyBase, "SinusoidalPositions: expected a base of at "
                + "least 1");
        this.frequencyBase = frequencyBase;
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 ? input : throw ShapeError("input (batch, time, features)", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(SinusoidalPositions)).Set("frequencyBase", frequencyBase);

    internal static Layer From(LayerConfig c) => new SinusoidalPositions(c.Number("frequencyBase", 10000));

    /// <summary>
    /// P, what is added to so many steps of so many features (steps, features). Largest error half an ulp and 1e-15 a step.
    /// </summary>
    public Tensor Values(int steps, int features)
    {
        var values = new Tensor(steps, features);
        Fill(values);
        return values;
    }

    /// <summary>Each column pair turns by ω from step to step: sin and cos of a sum of angles, in double.</summary>
    void Fill(Tensor values)
    {
        int D = values.Columns;
        Span<float> p = values.Span;
        for (int column = 0; column < D; column += 2)
        {
            double omega = 1 / ScalarMath.Pow(frequencyBase, (double)column / D);
            (double turnSin, double turnCos, double sin, double cos) = (ScalarMath.Sin(omega), ScalarMath.Cos(omega), 0, 1);
            for (int at = column; at < p.Length; at += D)
            {
                p[at] = (float)sin;
                if (column + 1 < D) p[at + 1] = (float)cos;
                (sin, cos) = (sin * turnCos + cos * turnSin, cos * turnCos - sin * turnSin);
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x), values = tape.Tensor(x.Shape[1], x.Columns);
        Fill(values);
        for (int at = 0; at < x.Count; at += values.Count)
            Elementwise.Apply<Add>(x.Span.Slice(at, values.Count), values.Span, y.Span[at..]);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape) => dY;
}
