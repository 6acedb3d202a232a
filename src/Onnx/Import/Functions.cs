using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// y = f(x) element by element, for floats and doubles. The functions of the networks are NeuralCore's kernels for floats; the others are
/// computed in double and rounded once.
/// </summary>
static class Functions
{
    delegate void Single(ReadOnlySpan<float> x, Span<float> y);

    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Relu", _ => Of(Kernels.Functions.Apply<Relu>, x => x > 0 || double.IsNaN(x) ? x : 0)),
        ("Tanh", _ => Of(Kernels.Functions.Apply<Tanh>, Math.Tanh)),
        ("Sigmoid", _ => Of(Kernels.Functions.Apply<Sigmoid>, Logistic)),
        ("Exp", _ => Of(Kernels.Functions.Apply<Exp>, Math.Exp)),
        ("Sqrt", _ => Of((x, y) => Each(x, y, MathF.Sqrt), Math.Sqrt)),
        ("Reciprocal", _ => Of((x, y) => Each(x, y, v => 1 / v), x => 1 / x)),
        ("Log", _ => Of(Math.Log)), ("Erf", _ => Of(Erf)),
        ("Floor", _ => Of(Math.Floor)), ("Ceil", _ => Of(Math.Ceiling)), ("Round", _ => Of(x => Math.Round(x, MidpointRounding.ToEven))),
        ("Sin", _ => Of(Math.Sin)), ("Cos", _ => Of(Math.Cos)), ("Tan", _ => Of(Math.Tan)),
        ("Asin", _ => Of(Math.Asin)), ("Acos", _ => Of(Math.Acos)), ("Atan", _ => Of(Math.Atan)),
        ("Sinh", _ => Of(Math.Sinh)), ("Cosh", _ => Of(Math.Cosh)),
        ("Asinh", _ => Of(Math.Asinh)), ("Acosh", _ => Of(Math.Acosh)), ("Atanh", _ => Of(Math.Atanh)),
        ("Softplus", _ => Of(Softplus)), ("Softsign", _ => Of(x => x / (1 + Math.Abs(x)))),
        ("Mish", _ => Of(x => x * Math.Tanh(Softplus(x)))), ("HardSwish", _ => Of(x => x * Math.Clamp(x / 6 + 0.5, 0, 1))),
        ("LeakyRelu", n => Of(n.Real("alpha", 0.01f), (a, x) => x < 0 ? a * x : x)),
        ("ThresholdedRelu", n => Of(n.Real("alpha", 1), (a, x) => x > a ? x : 0)),
        ("Elu", n => Of(n.Real("alpha", 1), (a, x) => x < 0 ? a * Expm1(x) : x)),
        ("Celu", n => Of(n.Real("alpha", 1), (a, x) => Math.Max(0, x) + Math.Min(0, a * Expm1(x / a)))),
        ("Selu", n => Of(n.Real("alpha", 1.67326319217681884765625f), n.Real("gamma", 1.05070102214813232421875f),
            (a, g, x) => g * (x > 0 ? x : a * Expm1(x)))),
        ("HardSigmoid", n => Of(n.Real("alpha", 0.2f), n.Real("beta", 0.5f), (a, b, x) => Math.Clamp(a * x + b, 0, 1))),
        ("Shrink", n => Of(n.Real("lambd", 0.5f), n.Real("bias", 0), (l, b, x) => x < -l ? x + b : x > l ? x - b : 0)),
        ("Gelu", n => n.Text("approximate", "none") switch
        {
            "none" => Of(x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)))),
            "tanh" => Of(x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
            var other => throw n.Error($"expected approximate to be none or tanh, got '{other}'"),
        }),
        ("IsNaN", _ => Is(double.IsNaN)), ("IsInf", IsInfinite),
    ];

    static Kernel Of(double a, Func<double, double, double> f) => Of(x => f(a, x));

    static Kernel Of(double a, double b, Func<double, double, double, double> f) => Of(x => f(a, b, x));

    static Kernel Of(Func<double, double> f) => Of((x, y) => Each(x, y, v => (float)f(v)), f);

    static Kernel Of(Single single, Func<double, double> f) => call =>
    {
        switch (call[0])
        {
            case OnnxTensor<float> x:
                OnnxTensor<float> y = call.New<float>(x.Sizes);
                single(x.Values, y.Values);
                return [y];
            case OnnxTensor<double> x:
                OnnxTensor<double> wide = call.New<double>(x.Sizes);
                for (int i = 0; i < x.Count; i++) wide.Values[i] = f(x.Values[i]);
                return [wide];
            default: throw call.Error($"expected an input of floating point, got {call[0]}");
        }
    };

    static Kernel Is(Func<double, bool> f) => call =>
    {
        OnnxTensor<bool> y = call.New<bool>(call[0].Sizes);
        switch (call[0])
        {
            case OnnxTensor<float> x: for (int i = 0; i < x.Count; i++) y.Values[i] = f(x.Values[i]); break;
            case OnnxTensor<double> x: for (int i = 0; i < x.Count; i++) y.Values[i] = f(x.Values[i]); break;
            default: throw call.Error($"expected an input of floating point, got {call[0]}");
        }
        return [y];
    };

    static Kernel IsInfinite(Node node)
    {
        (bool low, bool high) = (node.Flag("detect_negative", true), node.Flag("detect_positive", true));
        return Is(x => low && double.IsNegativeInfinity(x) || high && double.IsPositiveInfinity(x));
    }

    internal static void Each(ReadOnlySpan<float> x, Span<float> y, Func<float, float> f)
    {
        for (int i = 0; i < x.Length; i++) y[i] = f(x[i]);
    }

    internal static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    internal static double Softplus(double x) => Math.Max(x, 0) + ScalarMath.Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>eˣ - 1 = 2t / (1 - t), t = tanh ½x, which keeps small x.</summary>
    internal static double Expm1(double x) => Math.Tanh(x / 2) is var t && t < 1 ? 2 * t / (1 - t) : Math.Exp(x);

    /// <summary>
    /// The error function, by the series erf x = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), whose terms have one sign; ±1 beyond
    /// ±6.
    /// <para>Source: Abramowitz and Stegun, 7.1.6.</para>
    /// </summary>
    internal static double Erf(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 6) return double.IsNaN(x) ? x : Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
