using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Operators of two or more inputs, element by element, whose shapes are broadcast to a common one.</summary>
static class Arithmetic
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Add", _ => Fold<Sum>()), ("Sub", _ => Fold<Difference>()), ("Mul", _ => Fold<Product>()), ("Div", _ => Fold<Quotient>()),
        ("Max", _ => Fold<Largest>()), ("Min", _ => Fold<Smallest>()), ("Sum", _ => Fold<Sum>()), ("Mean", _ => Mean),
        ("Mod", n => n.Flag("fmod", false) ? Fold<Remainder>() : Fold<Modulus>()),
        ("Pow", _ => call => [Power(call)]), ("PRelu", _ => call => [SlopeRelu(call)]),
        ("Equal", _ => Compare<Same>()), ("Less", _ => Compare<Below>()), ("Greater", _ => Compare<Above>()),
        ("LessOrEqual", _ => Compare<NotAbove>()), ("GreaterOrEqual", _ => Compare<NotBelow>()),
        ("And", _ => Logic((a, b) => a && b)), ("Or", _ => Logic((a, b) => a || b)), ("Xor", _ => Logic((a, b) => a != b)),
        ("Not", _ => call => [Each(call, call.Get<bool>(0), a => !a)]),
        ("Where", _ => call => [Where(call)]), ("Clip", Clip),
        ("Abs", _ => Signed<Magnitude>()), ("Neg", _ => Signed<Negative>()), ("Sign", _ => Signed<Sign>()),
    ];

    interface IOperation
    {
        static abstract T F<T>(T a, T b) where T : struct, INumber<T>;
    }

    interface IRelation
    {
        static abstract bool F<T>(T a, T b) where T : struct, INumber<T>;
    }

    interface ISigned
    {
        static abstract T F<T>(T a) where T : struct, INumber<T>;
    }

    readonly struct Sum : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => a + b; }
    readonly struct Difference : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => a - b; }
    readonly struct Product : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => a * b; }
    readonly struct Quotient : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => a / b; }
    readonly struct Largest : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => T.Max(a, b); }
    readonly struct Smallest : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => T.Min(a, b); }

    /// <summary>With the sign of a.</summary>
    readonly struct Remainder : IOperation { public static T F<T>(T a, T b) where T : struct, INumber<T> => a % b; }

    /// <summary>With the sign of b.</summary>
    readonly struct Modulus : IOperation
    {
        public static T F<T>(T a, T b) where T : struct, INumber<T>
            => a % b is var r && r != T.Zero && T.IsNegative(r) != T.IsNegative(b) ? r + b : a % b;
    }

    readonly struct Same : IRelation { public static bool F<T>(T a, T b) where T : struct, INumber<T> => a == b; }
    readonly struct Below : IRelation { public static bool F<T>(T a, T b) where T : struct, INumber<T> => a < b; }
    readonly struct Above : IRelation { public static bool F<T>(T a, T b) where T : struct, INumber<T> => a > b; }
    readonly struct NotAbove : IRelation { public static bool F<T>(T a, T b) where T : struct, INumber<T> => a <= b; }
    readonly struct NotBelow : IRelation { public static bool F<T>(T a, T b) where T : struct, INumber<T> => a >= b; }

    readonly struct Magnitude : ISigned { public static T F<T>(T a) where T : struct, INumber<T> => a < T.Zero ? -a : a; }
    readonly struct Negative : ISigned { public static T F<T>(T a) where T : struct, INumber<T> => -a; }

    readonly struct Sign : ISigned
    {
        public static T F<T>(T a) where T : struct, INumber<T> => a > T.Zero ? T.One : a < T.Zero ? -T.One : a;
    }

    /// <summary>((x_0 ∘ x_1) ∘ x_2) ...</summary>
    static Kernel Fold<F>() where F : IOperation => call =>
    {
        OnnxTensor y = call[0];
        for (int i = 1; i < call.Count; i++) y = Apply<F>(call, y, call[i]);
        return [y];
    };

    static OnnxTensor?[] Mean(Call call)
    {
        call.Get<float>(0);
        return [Each(call, (OnnxTensor<float>)Fold<Sum>()(call)[0]!, x => x / call.Count)];
    }

    static OnnxTensor Apply<F>(Call call, OnnxTensor a, OnnxTensor b) where F : IOperation => (a, b) switch
    {
        (OnnxTensor<float> x, OnnxTensor<float> z) => Both(call, x, z, F.F),
        (OnnxTensor<double> x, OnnxTensor<double> z) => Both(call, x, z, F.F),
        (OnnxTensor<long> x, OnnxTensor<long> z) => Both(call, x, z, F.F),
        (OnnxTensor<int> x, OnnxTensor<int> z) => Both(call, x, z, F.F),
        _ => throw call.Error($"expected inputs of one type of numbers, got {a} and {b}"),
    };

    static Kernel Compare<F>() where F : IRelation => call => [(call[0], call[1]) switch
    {
        (OnnxTensor<float> x, OnnxTensor<float> z) => Both(call, x, z, F.F),
        (OnnxTensor<double> x, OnnxTensor<double> z) => Both(call, x, z, F.F),
        (OnnxTensor<long> x, OnnxTensor<long> z) => Both(call, x, z, F.F),
        (OnnxTensor<int> x, OnnxTensor<int> z) => Both(call, x, z, F.F),
        (OnnxTensor<bool> x, OnnxTensor<bool> z) when typeof(F) == typeof(Same) => Both(call, x, z, (p, q) => p == q),
        _ => throw call.Error($"expected inputs of one type of numbers, got {call[0]} and {call[1]}"),
    }];

    static Kernel Signed<F>() where F : ISigned => call => [call[0] switch
    {
        OnnxTensor<float> x => Each(call, x, F.F),
        OnnxTensor<double> x => Each(call, x, F.F),
        OnnxTensor<long> x => Each(call, x, F.F),
        OnnxTensor<int> x => Each(call, x, F.F),
        _ => throw call.Error($"expected an input of signed numbers, got {call[0]}"),
    }];

    static Kernel Logic(Func<bool, bool, bool> f) => call => [Both(call, call.Get<bool>(0), call.Get<bool>(1), f)];

    /// <summary>a to the power of b, of the type of a; a square is a product.</summary>
    static OnnxTensor Power(Call call)
    {
        OnnxTensor exponent = call[1];
        return call[0] switch
        {
            OnnxTensor<float> x when exponent.Count == 1 && exponent.Rank <= x.Rank
                && exponent.Floats()[0] == 2 => Apply<Product>(call, x, x),
            OnnxTensor<float> x => Both(call, x, (OnnxTensor<double>)Casting.To(call, exponent, OnnxType.Double),
                (a, b) => (float)Math.Pow(a, b)),
            OnnxTensor<double> x => Both(call, x, (OnnxTensor<double>)Casting.To(call, exponent, OnnxType.Double), Math.Pow),
            OnnxTensor<long> x => Both(call, x, (OnnxTensor<double>)Casting.To(call, exponent, OnnxType.Double),
                (a, b) => (long)Math.Pow(a, b)),
            OnnxTensor<int> x => Both(call, x, (OnnxTensor<double>)Casting.To(call, exponent, OnnxType.Double),
                (a, b) => (int)Math.Pow(a, b)),
            var x => throw call.Error($"expected numbers, got {x}"),
        };
    }

    /// <summary>The slope is broadcast to x, and not the other way.</summary>
    static OnnxTensor<float> SlopeRelu(Call call)
    {
        OnnxTensor<float> y = Both(call, call.Get<float>(0), call.Get<float>(1), (x, slope) => x < 0 ? slope * x : x);
        return y.Sizes.AsSpan().SequenceEqual(call[0].Sizes) ? y : throw call.Error($"expected a slope that fits {call[0]}, got {call[1]}");
    }

    static OnnxTensor Where(Call call)
    {
        (OnnxTensor<bool> condition, OnnxTensor x, OnnxTensor z) = (call.Get<bool>(0), call[1], call[2]);
        if (x.Type != z.Type) throw call.Error($"expected inputs 1 and 2 of one type, got {x} and {z}");
        int[] sizes = Broadcast(call, Broadcast(call, condition.Sizes, x.Sizes), z.Sizes);
        bool[] choose = ((OnnxTensor<bool>)Expand(call, condition, sizes)).Values;
        OnnxTensor chosen = Expand(call, x, sizes), other = Expand(call, z, sizes), y = call.Like(x, sizes);
        for (int i = 0; i < choose.Length;)
        {
            int end = i + 1;
            while (end < choose.Length && choose[end] == choose[i]) end++;
            Array.Copy(choose[i] ? chosen.Data : other.Data, i, y.Data, i, end - i);
            i = end;
        }
        return y;
    }

    /// <summary>min(max(x, low), high), the bounds attributes before opset 11 and inputs since.</summary>
    static Kernel Clip(Node node)
    {
        if (node.Opset >= 11)
            return call =>
            {
                OnnxTensor y = call[0];
                if (call.Optional(1) is { } low) y = Apply<Largest>(call, y, low);
                if (call.Optional(2) is { } high) y = Apply<Smallest>(call, y, high);
                return [y];
            };
        (float least, float most) = (node.Real("min", float.MinValue), node.Real("max", float.MaxValue));
        return call => [Each(call, call.Get<float>(0), x => MathF.Min(MathF.Max(x, least), most))];
    }

    static OnnxTensor<R> Each<T, R>(Call call, OnnxTensor<T> x, Func<T, R> f) where T : unmanaged where R : unmanaged
    {
        OnnxTensor<R> y = call.New<R>(x.Sizes);
        for (int i = 0; i < x.Count; i++) y.Values[i] = f(x.Values[i]);
        return y;
    }

    internal static OnnxTensor<R> Both<A, B, R>(Call call, OnnxTensor<A> a, OnnxTensor<B> b, Func<A, B, R> f)
        where A : unmanaged where B : unmanaged where R : unmanaged
    {
        int[] sizes = Broadcast(call, a.Sizes, b.Sizes);
        OnnxTensor<R> y = call.New<R>(sizes);
        A[] x = a.Count == 1 ? a.Values : ((OnnxTensor<A>)Expand(call, a, sizes)).Values;
        B[] z = b.Count == 1 ? b.Values : ((OnnxTensor<B>)Expand(call, b, sizes)).Values;
        (int nextX, int nextZ) = (x.Length == 1 ? 0 : 1, z.Length == 1 ? 0 : 1);
        for (int i = 0; i < y.Count; i++) y.Values[i] = f(x[i * nextX], z[i * nextZ]);
        return y;
    }

    /// <summary>The common sizes of two shapes: aligned at their last axes, an axis of 1 takes the size of the other.</summary>
    internal static int[] Broadcast(Call call, int[] a, int[] b)
    {
        var sizes = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= sizes.Length; i++)
        {
            (int m, int n) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            if (m != n && m != 1 && n != 1)
                throw call.Error($"expected shapes that go together, got ({OnnxTensor.Text(a)}) and ({OnnxTensor.Text(b)})");
            sizes[^i] = m == 1 ? n : m;
        }
        return sizes;
    }

    /// <summary>x repeated along its axes of size 1 and along new ones in front.</summary>
    internal static OnnxTensor Expand(Call call, OnnxTensor x, int[] sizes)
    {
        if (x.Sizes.AsSpan().SequenceEqual(sizes)) return x;
        int[] own = x.Strides(), strides = new int[sizes.Length];
        for (int i = 1; i <= x.Rank; i++) strides[^i] = x.Sizes[^i] == 1 ? 0 : own[^i];
        return call.Strided(x, sizes, 0, strides);
    }
}
