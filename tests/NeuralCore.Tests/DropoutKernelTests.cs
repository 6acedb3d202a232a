using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>Masks drawn many at a time are those drawn one by one, and are applied as their definition says.</summary>
[Trait("Category", "Bits")]
public class DropoutKernelTests
{
    static uint[] Bits(ulong seed, ulong stream, float p, int count)
    {
        var bits = new uint[Philox.Room(count)];
        new CounterRandom(seed, stream).AtLeast(p, count, bits);
        return bits;
    }

    static bool IsSet(ReadOnlySpan<uint> bits, int i) => (bits[i / 32] >> (i % 32) & 1) != 0;

    [Fact]
    public void Bits_are_the_comparisons_of_the_numbers_of_the_stream()
    {
        foreach (float p in (float[])[0f, 0.1f, 0.3f, 0.5f, 1e-7f, MathF.BitDecrement(1), 1f / 3])
            foreach (int count in (int[])[0, 1, 3, 4, 15, 16, 17, 31, 63, 64, 65, 67, 1000])
            {
                var random = new CounterRandom(0x123456789ABCDEF, 77);
                uint[] bits = Bits(0x123456789ABCDEF, 77, p, count);
                for (int i = 0; i < count; i++) Assert.True(!(random.NextSingle() < p) == IsSet(bits, i), $"p {p}, bit {i} of {count}");
            }
        Assert.Throws<ArgumentException>(() => new CounterRandom(1, 1).AtLeast(0.5f, 100, new uint[Philox.Room(100) - 1]));
    }

    [Fact]
    public void Words_that_equal_the_probability_are_kept()
    {
        var random = new CounterRandom(5, 6);
        for (int i = 0; i < 64; i++)
        {
            float drawn = random.NextSingle();
            Assert.True(IsSet(Bits(5, 6, drawn, 64), i));
            Assert.False(IsSet(Bits(5, 6, MathF.BitIncrement(drawn), 64), i));
        }
    }

    [Fact]
    public void Bits_agree_at_every_width()
    {
        foreach (int count in (int[])[1, 16, 64, 67, 500])
        {
            byte[]? first = null;
            foreach (Width width in Width.All)
            {
                var bits = new byte[4 * Philox.Room(count)];
                width.RandomBits(ulong.MaxValue - 3, 1UL << 40, 0x60000000, count, bits);
                bits = bits[..((count + 7) / 8)];
                if (count % 8 != 0) bits[^1] &= (byte)((1 << count % 8) - 1);   // the rest of the last group is anything
                first ??= bits;
                Assert.Equal(first, bits);
            }
        }
    }

    [Fact]
    public void Asked_where_its_bit_is_set_every_lane_answers_for_itself()
    {
        foreach (Width width in Width.All)
            foreach (uint bits in (uint[])[0, 1, 0xFFFFFFFF, 0xA5C3, 0x8000, 0xFFFF0000])
                Assert.Equal([.. Enumerable.Range(0, width.Count).Select(i => (float)(bits >> i & 1))], width.WhereSet(bits));
    }

    [Fact]
    public void Masks_are_applied_from_any_bit_on()
    {
        const float keep = 1.25f;
        const int most = 67;
        uint[] bits = Bits(9, 9, 0.4f, 2 * most);
        for (int n = 0; n <= most; n++)
            foreach (int first in (int[])[0, 1, 7, 8, 13, most])
            {
                float[] x = Draw.Floats(n, 1), a = Draw.Floats(n, 2),
                    mask = [.. Enumerable.Range(first, n).Select(i => IsSet(bits, i) ? keep : 0)];
                foreach (Width width in Width.All)
                {
                    float[] y = new float[n], inPlace = [.. x];
                    var m = new DropoutMask(bits, keep, first);
                    width.InPlace(new Drop(m, x, y), n);
                    width.InPlace(new Drop(m, inPlace, inPlace), n);
                    Draw.SameBits([.. x.Zip(mask, (v, k) => v * k)], y, $"{width} x∘m, {n} from {first}");
                    Draw.SameBits(y, inPlace, $"{width} x∘m in place, {n} from {first}");
                    width.InPlace(new AddDropped(m, a, x, y), n);
                    Draw.SameBits([.. x.Zip(mask, (v, k) => v * k).Zip(a, (v, w) => w + v)], y, $"{width} a + x∘m, {n} from {first}");
                    y = [.. x];
                    width.InPlace(new DropRelu(m, y), n);
                    Draw.SameBits([.. x.Zip(mask, (v, k) => (v > 0 ? v : 0) * k)], y, $"{width} max(x, 0)∘m, {n} from {first}");
                    float[] d = [.. a];
                    width.InPlace(new ScalePositive(y, keep, d), n);
                    Draw.SameBits([.. y.Zip(a, (v, w) => v > 0 ? keep * w : 0)], d, $"{width} gradient of max(x, 0)∘m, {n} from {first}");
                }
            }
    }
}
