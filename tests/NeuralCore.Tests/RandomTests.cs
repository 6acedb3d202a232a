namespace NeuralCore.Tests;

public class RandomTests
{
    /// <summary>Known answers of Philox 4x32-10 from Random123 (kat_vectors); words of key and counter in the order of that file.</summary>
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du,
        0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu,
        0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu,
        0x5001e420u, 0x24126ea1u)]
    public void KnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3)
        => Assert.Equal((r0, r1, r2, r3), CounterRandom.Block(Join(k0, k1), Join(c2, c3), Join(c0, c1)));

    static ulong Join(uint low, uint high) => low | ((ulong)high << 32);

    [Fact]
    public void WordsOfAStreamAreItsBlocksInOrder()
    {
        var random = new CounterRandom(7, 9);
        for (ulong block = 0; block < 3; block++)
        {
            (uint, uint, uint, uint) expected = CounterRandom.Block(7, 9, block);
            Assert.Equal(expected, (random.NextUInt32(), random.NextUInt32(), random.NextUInt32(), random.NextUInt32()));
        }
    }

    [Fact]
    public void StreamsAndSeedsDiffer()
    {
        uint First(ulong seed, ulong stream) => new CounterRandom(seed, stream).NextUInt32();
        Assert.Equal(4, new[] { First(1, 1), First(1, 2), First(2, 1), First(1UL << 32, 1) }.Distinct().Count());
    }

    [Fact]
    public void UniformNumbersFillTheInterval()
    {
        const int n = 200_000;
        var random = new CounterRandom(3, 0);
        var bins = new int[64];
        double sum = 0, squares = 0, lag = 0, before = 0.5;
        for (int i = 0; i < n; i++)
        {
            double u = random.NextSingle();
            Assert.InRange(u, 0, 1 - 1.0 / (1 << 24));
            bins[(int)(64 * u)]++;
            sum += u;
            squares += u * u;
            lag += (u - 0.5) * (before - 0.5);
            before = u;
        }
        Assert.Equal(0.5, sum / n, 0.003);
        Assert.Equal(1.0 / 3, squares / n, 0.003);
        Assert.Equal(0, 12 * lag / n, 0.01);
        // χ² with 63 degrees of freedom: between the quantiles 1e-4 and 1 - 1e-4.
        Assert.InRange(bins.Sum(b => Math.Pow(b - n / 64.0, 2) / (n / 64.0)), 28, 114);
    }

    [Fact]
    public void TheOutermostDoublesLieInTheOpenIntervalToo()
    {
        Assert.Equal(Math.ScaleB(1, -54), CounterRandom.OpenUnit(0));
        Assert.Equal(Math.BitDecrement(1), CounterRandom.OpenUnit(ulong.MaxValue));
        Assert.True(double.IsFinite(ScalarMath.NormalQuantile(CounterRandom.OpenUnit(ulong.MaxValue))));
    }

    [Fact]
    public void DoublesLieInTheOpenInterval()
    {
        var random = new CounterRandom(3, 1);
        double sum = 0;
        for (int i = 0; i < 100_000; i++)
        {
            double u = random.NextDouble();
            Assert.True(u is > 0 and < 1);
            sum += u;
        }
        Assert.Equal(0.5, sum / 100_000, 0.004);
    }

    [Fact]
    public void NormalNumbersHaveTheMomentsOfTheDistribution()
    {
        const int n = 200_000;
        var random = new CounterRandom(3, 2);
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0, within = 0;
        for (int i = 0; i < n; i++)
        {
            double z = random.NextNormal();
            (m1, m2, m3, m4) = (m1 + z, m2 + z * z, m3 + z * z * z, m4 + z * z * z * z);
            if (Math.Abs(z) < 1) within++;
        }
        Assert.Equal(0, m1 / n, 0.01);
        Assert.Equal(1, m2 / n, 0.015);
        Assert.Equal(0, m3 / n, 0.04);
        Assert.Equal(3, m4 / n, 0.12);
        Assert.Equal(0.6826894921, within / n, 0.005);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void WholeNumbersAreEquallyLikely(int bound)
    {
        const int n = 100_000;
        var random = new CounterRandom(3, 3);
        var counts = new int[bound];
        for (int i = 0; i < n; i++) counts[random.NextInt32(bound)]++;
        double expected = (double)n / bound;
        Assert.All(counts, c => Assert.InRange(c, expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected)));
    }

    [Fact]
    public void LargeBoundsAreWithoutBias()
    {
        // Taking 32 bits modulo 3·2²⁹ would give the lower third twice as often as it should.
        const int n = 60_000, third = 1 << 29;
        var random = new CounterRandom(3, 4);
        var counts = new int[3];
        for (int i = 0; i < n; i++) counts[random.NextInt32(3 * third) / third]++;
        Assert.All(counts, c => Assert.InRange(c, 20_000 - 600, 20_000 + 600));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CounterRandom(1, 1).NextInt32(0));
    }

    [Fact]
    public void ShufflesAreEquallyLikelyPermutations()
    {
        var random = new CounterRandom(3, 5);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 24_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            random.Shuffle(items.AsSpan());
            string order = new(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, c => Assert.InRange(c, 850, 1150));
    }

    [Fact]
    public void LogAgreesWithTheMathLibrary()
    {
        var random = new CounterRandom(3, 6);
        for (int i = 0; i < 100_000; i++)
        {
            double x = Math.ScaleB(1 + random.NextDouble(), random.NextInt32(2080) - 1060), expected = Math.Log(x);
            Assert.True(Math.Abs(ScalarMath.Log(x) - expected) <= 5e-16 * Math.Abs(expected),
                $"log {x:R}: {ScalarMath.Log(x):R}, {expected:R}");
            double near = 1 + (random.NextDouble() - 0.5) / 512;
            Assert.True(Math.Abs(ScalarMath.Log(near) - Math.Log(near)) <= 5e-16 * Math.Abs(Math.Log(near)), $"log {near:R}");
        }
        Assert.Equal(0, ScalarMath.Log(1));
        Assert.Equal(double.NegativeInfinity, ScalarMath.Log(0));
        Assert.Equal(double.PositiveInfinity, ScalarMath.Log(double.PositiveInfinity));
        Assert.Equal(double.NaN, ScalarMath.Log(-1));
        Assert.Equal(double.NaN, ScalarMath.Log(double.NaN));
    }

    [Fact]
    public void Log1p_agrees_with_its_series()
    {
        var random = new CounterRandom(8, 0);
        for (int i = 0; i < 20000; i++)
        {
            // log(1 + x) = 2 artanh(x / (2 + x)), a series that loses nothing where x is small
            double x = Math.ScaleB((random.NextDouble() * 2 - 1) * 700, -(i % 60)) / 800, s = x / (2 + x), sum = 0;
            for (int k = 199; k >= 1; k -= 2) sum = sum * s * s + 2.0 / k;
            Assert.True(Math.Abs(ScalarMath.Log1p(x) - s * sum) <= 1e-15 * Math.Abs(s * sum),
                $"log1p {x:R}: {ScalarMath.Log1p(x):R}, {s * sum:R}");
        }
        Assert.Equal((0, double.NegativeInfinity, double.NaN), (ScalarMath.Log1p(0), ScalarMath.Log1p(-1), ScalarMath.Log1p(-2)));
        Assert.Equal((double.NaN, double.PositiveInfinity), (ScalarMath.Log1p(double.NaN), ScalarMath.Log1p(double.PositiveInfinity)));
    }

    /// <summary>Quantiles as standard tables print them.</summary>
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.674489750196082)]
    [InlineData(0.9, 1.28155156554460)]
    [InlineData(0.95, 1.64485362695147)]
    [InlineData(0.975, 1.95996398454005)]
    [InlineData(0.99, 2.32634787404084)]
    [InlineData(0.995, 2.57582930354890)]
    [InlineData(0.999, 3.09023230616781)]
    [InlineData(1e-9, -5.99780701500769)]
    [InlineData(1e-12, -7.03448382530113)]
    [InlineData(1e-20, -9.26234008979841)]
    [InlineData(1e-300, -37.0470962993612)]
    public void QuantilesOfTheNormalDistribution(double p, double z)
    {
        Assert.Equal(z, ScalarMath.NormalQuantile(p), 2e-13);
        if (p > 0.01) Assert.Equal(-z, ScalarMath.NormalQuantile(1 - p), 2e-13);
    }

    [Fact]
    public void QuantilesAtTheEnds()
    {
        Assert.Equal(double.NegativeInfinity, ScalarMath.NormalQuantile(0));
        Assert.Equal(double.PositiveInfinity, ScalarMath.NormalQuantile(1));
        Assert.Equal(double.NaN, ScalarMath.NormalQuantile(1.1));
        Assert.Equal(double.NaN, ScalarMath.NormalQuantile(double.NaN));
        for (double p = 0.001; p < 0.999; p += 0.001) Assert.True(ScalarMath.NormalQuantile(p) < ScalarMath.NormalQuantile(p + 0.001));
    }
}
