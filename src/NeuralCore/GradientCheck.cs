using System.Globalization;

namespace NeuralCore;

/// <summary>
/// Compares the gradients that a <see cref="Layer"/> or a <see cref="Loss"/> computes with differences of its values, for every element
/// of the input and of every parameter.
/// <code>
/// f = Σ y·r with random r, summed in double        f'(x) ≈ (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h
/// </code>
/// The error of an element is |analytic - numeric| over the largest gradient of its tensor. The layer runs in training mode with one
/// dropout seed, so that every evaluation sees the same masks. Gradients are taken as half of what two passes add up to, so a layer that
/// overwrites a gradient instead of adding to it fails.
/// </summary>
/// <remarks>
/// The formula holds where the function is smooth within ±2h. Inputs drawn here have magnitudes from 0.25 to 1.25, away from the kink
/// that max(x, 0) has at 0; where a kink may lie elsewhere, pass an input of your own to the overload that takes a model.
/// <para>Source of the formula: Abramowitz and Stegun, "Handbook of Mathematical Functions", table 25.2.</para>
/// </remarks>
public static class GradientCheck
{
    /// <summary>
    /// The step h that suits float32 values: its truncation error h⁴f⁗'/30 is 3e-8·f⁗', and the rounding of y, 2⁻²⁴/h, stays near 2e-6.
    /// </summary>
    public const double DefaultStep = 1.0 / 32;

    /// <summary>The largest error that passes.</summary>
    public const double DefaultLimit = 2e-3;

    /// <summary>Checks a layer that is part of no model yet, on a random input.</summary>
    /// <param name="layer">The layer; afterwards it is the root of a model made for the check.</param>
    /// <param name="input">Shape of the input.</param>
    /// <param name="seed">Seed of parameters, input, r and dropout. Parameters get a random offset within ±0.1 after their initialisation,
    /// because at a constant, such as 0, an error in their gradients could stay hidden.</param>
    /// <param name="step">h for values up to 1 in magnitude; h·|value| for larger ones.</param>
    /// <param name="limit">Largest error, relative to the largest gradient of its tensor, that passes.</param>
    public static GradientCheckResult Run(Layer layer, Shape input, ulong seed = 1, double step = DefaultStep, double limit = DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var model = new Model(layer, seed);
        var random = new CounterRandom(seed, ulong.MaxValue);
        foreach (ref float value in model.Values) value += 0.1f * Uniform(ref random);
        model.ParametersChanged();
        var x = new Tensor(input);
        foreach (ref float value in x.Span)
        {
            float u = Uniform(ref random);
            value = u < 0 ? u - 0.25f : u + 0.25f;
        }
        return Run(model, x, seed, step, limit);
    }

    /// <summary>Checks the root of a model on a given input. Parameter values are the same afterwards as before.</summary>
    /// <param name="model">The model.</param>
    /// <param name="x">The input; its memory is changed during the check and restored.</param>
    /// <param name="seed">Seed of r and of dropout.</param>
    /// <param name="step">h for values up to 1 in magnitude; h·|value| for larger ones.</param>
    /// <param name="limit">Largest error, relative to the largest gradient of its tensor, that passes.</param>
    public static GradientCheckResult Run(Model model, Tensor x, ulong seed = 1, double step = DefaultStep, double limit = DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(model);
        Tape tape = model.Tape();
        var input = x.WithGradient(true);
        var random = new CounterRandom(seed, ulong.MaxValue - 1);
        var r = new Tensor(model.Root.OutputShape(x.Shape));
        foreach (ref float value in r.Span) value = Uniform(ref random);

        float[] dX = Gradients(model, input, r, tape, seed);
        double noise = Noise(Forward(), r, step);
        List<GradientError> errors = [Compare("input", x.Span, dX, Evaluate, step, noise)];
        foreach (Parameter parameter in model.Parameters)
        {
            float[] half = [.. tape.Gradient(parameter)];
            foreach (ref float value in half.AsSpan()) value /= 2;
            errors.Add(Compare(parameter.Name, parameter.Value, half, Changed, step, noise));
            model.ParametersChanged();
        }
        return new GradientCheckResult(model.Root.ToString(), errors, limit);

        Tensor Forward()
        {
            tape.Begin(training: true, seed);
            return model.Root.Forward(input, tape);
        }

        double Evaluate() => Sum(Forward(), r);

        double Changed()
        {
            model.ParametersChanged();
            return Evaluate();
        }
    }

    /// <summary>Checks the gradient of the mean loss with respect to the predictions.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="y">Predictions (B, C); their memory is changed during the check and restored.</param>
    /// <param name="target">Targets as the loss wants them.</param>
    /// <param name="step">h for values up to 1 in magnitude; h·|value| for larger ones.</param>
    /// <param name="limit">Largest error, relative to the largest gradient, that passes.</param>
    public static GradientCheckResult Run(Loss loss, Tensor y, Tensor target, double step = DefaultStep, double limit = DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(loss);
        double scale = 1 / loss.Weight(target);
        var dY = new Tensor(y.Shape);
        double value = loss.Sum(y, target, scale, dY);
        double noise = Math.ScaleB(4 * Math.Abs(value * scale), -24) / step;
        GradientError error = Compare("predictions", y.Span, [.. dY.Span], () => scale * loss.Sum(y, target, scale, default), step, noise);
        return new GradientCheckResult(loss.GetType().Name, [error], limit);
    }

    /// <summary>Leaves twice the parameters' gradients on the tape and returns that of the input.</summary>
    static float[] Gradients(Model model, Tensor x, Tensor r, Tape tape, ulong seed)
    {
        Tensor dX = default;
        for (int pass = 0; pass < 2; pass++)
        {
            tape.Begin(training: true, seed);
            Tensor y = model.Root.Forward(x, tape);
            if (y.Shape != r.Shape)
                throw new InvalidOperationException($"{model.Root}: expected output {r.Shape} as OutputShape says, got {y.Shape}");
            if (pass == 0) tape.Gradients.Clear();
            Tensor dY = tape.Tensor(r.Shape);
            r.Span.CopyTo(dY.Span);
            dX = model.Root.Backward(dY, tape);
            tape.End();
        }
        if (dX.IsEmpty || dX.Shape != x.Shape)
            throw new InvalidOperationException($"{model.Root}: expected an input gradient {x.Shape}, "
                + $"got {(dX.IsEmpty ? "none" : dX.Shape.ToString())}");
        return [.. dX.Span];
    }

    static GradientError Compare(string name, Span<float> values, ReadOnlySpan<float> gradient, Func<double> f, double step, double noise)
    {
        double largest = 0, worst = -1, numericWorst = 0;
        int index = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double numeric = Difference(ref values[i], f, step), error = Math.Abs(gradient[i] - numeric);
            largest = Math.Max(largest, Math.Max(Math.Abs(gradient[i]), Math.Abs(numeric)));
            if (double.IsNaN(error)) error = double.PositiveInfinity;
            if (error > worst) (worst, index, numericWorst) = (error, i, numeric);
        }
        if (values.Length == 0) return new GradientError(name, 0, 0, 0, 0);
        // Where all gradients are what rounding alone can fake, they count as zero; one that is not finite is never right.
        double relative = double.IsInfinity(worst) ? worst : largest <= noise ? 0 : worst / largest;
        return new GradientError(name, relative, index, gradient[index], numericWorst);
    }

    static double Difference(ref float value, Func<double> f, double step)
    {
        float x = value;
        double h = step * Math.Max(1, Math.Abs(x));
        double before2 = At(ref value, x - 2 * h), before = At(ref value, x - h), after = At(ref value, x + h);
        double after2 = At(ref value, x + 2 * h);
        value = x;
        return (before2 - 8 * before + 8 * after - after2) / (12 * h);

        double At(ref float value, double x)
        {
            value = (float)x;
            return f();
        }
    }

    /// <summary>What rounding of y, a few units in the last place of each element, makes of a difference where there is none.</summary>
    static double Noise(Tensor y, Tensor r, double step)
    {
        double squares = 0;
        for (int i = 0; i < r.Count; i++) squares += Math.Pow((double)y.Span[i] * r.Span[i], 2);
        return Math.ScaleB(4 * Math.Sqrt(squares), -24) / step;
    }

    static double Sum(Tensor y, Tensor r)
    {
        double sum = 0;
        for (int i = 0; i < r.Count; i++) sum += (double)y.Span[i] * r.Span[i];
        return sum;
    }

    static float Uniform(ref CounterRandom random) => 2 * random.NextSingle() - 1;
}

/// <summary>The element of one tensor where its gradient is furthest from the difference quotient.</summary>
/// <param name="Name">Parameter name, <c>input</c>, or <c>predictions</c>.</param>
/// <param name="Error">|analytic - numeric| there, over the largest gradient of the tensor; infinite where one of them is not
/// finite.</param>
/// <param name="Index">Position of the element in the tensor's memory.</param>
/// <param name="Analytic">What the backward pass computed.</param>
/// <param name="Numeric">What the differences gave.</param>
public sealed record GradientError(string Name, double Error, int Index, double Analytic, double Numeric);

/// <summary>What <see cref="GradientCheck"/> found.</summary>
public sealed class GradientCheckResult
{
    readonly string subject;

    internal GradientCheckResult(string subject, IReadOnlyList<GradientError> tensors, double limit)
        => (this.subject, Tensors, Limit) = (subject, tensors, limit);

    /// <summary>The worst element of the input and of every parameter.</summary>
    public IReadOnlyList<GradientError> Tensors { get; }

    /// <summary>The largest error that passes.</summary>
    public double Limit { get; }

    /// <summary>The tensor with the largest error.</summary>
    public GradientError Worst => Tensors.MaxBy(t => t.Error)!;

    /// <summary>Whether all errors are within the limit.</summary>
    public bool Passed => Worst.Error <= Limit;

    /// <summary>Throws unless the check passed.</summary>
    /// <exception cref="InvalidOperationException">Names the layer, the tensor, the element and both values.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed) throw new InvalidOperationException(ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{subject}: gradient of '{Worst.Name}' element {Worst.Index}: expected {Worst.Numeric:G6} from differences, "
        + $"got {Worst.Analytic:G6}: error {Worst.Error:G3} of the tensor's largest gradient, limit {Limit:G3}");
}
