using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Elementary functions against double, over samples of all 2³² floats; the bounds stand in the functions' comments.</summary>
public partial class FunctionTests
{
    [Fact]
    [Trait("Category", "Bits")]
    public void ErrorsOverAMillionFloats() => CheckErrors(step: 4099);

    [Fact]
    [Trait("Speed", "Slow")]
    public void ErrorsOverSeventeenMillionFloats() => CheckErrors(step: 251);

    static void CheckErrors(uint step)
    {
        Check<Exp>(step, Math.Exp, lowest: -86.9, ulps: 1.0, relative: 8.3e-8);
        Check<Sigmoid>(step, ReferenceKernels.Sigmoid, lowest: -88.7, ulps: 2.5, relative: 1.6e-7);
        Check<Tanh>(step, Math.Tanh, lowest: double.NegativeInfinity, ulps: 5.0, relative: 3e-7);
        CheckActivations(step);
    }

    /// <summary>
    /// Every width has the same bits everywhere; from <paramref name="lowest"/> on the error is bounded, below that y is 0 or subnormal.
    /// </summary>
    static void Check<F>(uint step, Func<double, double> f, double lowest, double ulps, double relative) where F : IFunction
    {
        const int block = 1 << 16;
        float[] x = new float[block], y = new float[block], other = new float[block];
        for (ulong bits = 0; bits <= uint.MaxValue;)
        {
            int n = 0;
            for (; n < block && bits <= uint.MaxValue; bits += step) x[n++] = BitConverter.UInt32BitsToSingle((uint)bits);
            Functions.Apply<F>(x.AsSpan(0, n), y.AsSpan(0, n));
            foreach (Width width in Width.All)
            {
                width.Apply<F>(x.AsSpan(0, n), other.AsSpan(0, n));
                if (!y.AsSpan(0, n).SequenceEqual(other.AsSpan(0, n)))
                    Draw.SameBits(y.AsSpan(0, n), other.AsSpan(0, n), $"{width} {typeof(F).Name}");
            }
            for (int i = 0; i < n; i++)
                if (!Within(x[i], y[i], f(x[i]), lowest, ulps, relative))
                    Assert.Fail($"{typeof(F).Name}({x[i]:R}): expected {f(x[i]):R}, got {y[i]:R}");
        }
    }

    static bool Within(float x, float y, double exact, double lowest, double ulps, double relative)
    {
        if (float.IsNaN(x)) return float.IsNaN(y);
        if (x < lowest) return y >= 0 && Math.Abs(y - exact) < 2e-38;
        if (exact > float.MaxValue) return float.IsPositiveInfinity(y);
        double error = Math.Abs(y - exact), size = Math.Abs(exact);
        double ulp = Math.ScaleB(1, (size < 1.2e-38 ? -126 : Math.ILogB(size)) - 23);
        return error <= ulps * ulp && (error <= relative * size || size < 1.2e-38);
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void ExactAtTheEdges()
    {
        float[] x = [0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 1e-40f, 88.73f,
            -87f, 100f, -100f];
        Draw.SameBits([1f, 1f, float.PositiveInfinity, 0f, 1f, 1f, 1f, float.PositiveInfinity, 0f, float.PositiveInfinity, 0f],
            Apply<Exp>(x), "exp");
        Draw.SameBits([0.5f, 0.5f, 1f, 0f, 0.5f, 0.5f, 0.5f, 1f], Apply<Sigmoid>(x[..8]), "sigmoid");
        Draw.SameBits([0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, 1e-40f, 1f, -1f, 1f, -1f], Apply<Tanh>(x), "tanh");
        Draw.SameBits([0f, float.PositiveInfinity, 0f, 1e-40f],
            Apply<Relu>([-1f, float.PositiveInfinity, float.NegativeInfinity, 1e-40f]), "relu");
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void NaNStaysWhateverItsPayload()
    {
        uint[] bits = [0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFC12345, 0xFFFFFFFF];
        float[] x = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        foreach (float[] y in (float[][])[Apply<Exp>(x), Apply<Sigmoid>(x), Apply<Tanh>(x), Apply<Relu>(x)])
            Assert.All(y, v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void TanhIsExactlyOddAndAtMostOne()
    {
        for (uint bits = 0; bits < 0x7F800000; bits += 65521)
        {
            float x = BitConverter.UInt32BitsToSingle(bits);
            float[] y = Apply<Tanh>([x, -x]);
            Draw.SameBits([y[0]], [-y[1]], $"tanh of ±{x:R}");
            Assert.InRange(y[0], 0f, 1f);
        }
        for (float x = 0; x < 20; x += 1f / 512) Assert.InRange(Apply<Tanh>([x])[0], 0f, 1f);
    }

    /// <summary>The function at every width and every place in a vector, required to agree.</summary>
    static float[] Apply<F>(float[] x) where F : IFunction
    {
        var y = new float[x.Length];
        Functions.Apply<F>(x, y);
        foreach (Width width in Width.All)
        {
            float[] wide = [.. x.SelectMany(v => Enumerable.Repeat(v, 16))];
            width.Apply<F>(wide, wide);
            for (int i = 0; i < wide.Length; i++)
                Assert.True(wide[i].Equals(y[i / 16]), $"{width} {typeof(F).Name}({x[i / 16]:R})");   // NaN equals NaN
        }
        return y;
    }
}
