using NeuralCore.Models.Data.Parquet;
using NeuralCore.Models.Data.Parquet.Zstd;

namespace Models.Tests.Data;

/// <summary>
/// Frames made by hand after RFC 8878, and frames of <c>zstd -LEVEL --zstd=wlog=10</c> (zstd 1.5, blocks of at most 1 KB) of made-up
/// content: levels 1 (10 and 120 lines), 3 (one byte) and 19 (the others).
/// </summary>
public class ZstdTests
{
    static byte[] Decompress(byte[] data, int size = 1 << 20)
    {
        var page = new PageBuffer();
        page.Begin(size);
        ZstdDecoder.Decompress(data, page);
        return page.Bytes.ToArray();
    }

    static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    static void Rejects(string hex, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Decompress(Hex(hex), 1 << 10)).Message, StringComparison.Ordinal);

    // Lines as of a candle file.
    static byte[] Lines(int n) => System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, n).Select(i =>
        $"{1640995200 + 60 * i},{40000 + i * i % 977}.{i * 7 % 100:D2},{i % 13}\n")));

    // A few bytes, some of them frequent, without repeats.
    static byte[] Skewed(int n)
    {
        byte[] bytes = new byte[n];
        uint x = 12345;
        for (int i = 0; i < n; i++)
        {
            x = unchecked(x * 1103515245 + 12345) & 0x7FFF_FFFF;
            uint r = x >> 16;
            int bits = 32 - System.Numerics.BitOperations.LeadingZeroCount(r & 255);
            bytes[i] = (byte)(65 + Math.Min(bits * 2 + (r >> 8 & 1), 20));
        }
        return bytes;
    }

    // One Huffman stream, all three predefined tables.
    const string Lines10 =
        "KLUv/QQABQMAEkYODKClHfbppW7k36yJAUBtzggOwk70Q7Ayy/JPzM9pNCQpeUH4sGchrCBz0DKxoIwDXcu29VqhqvoREgBAYEAG7gVlwMWADNwLyoCLARlw" +
        "MSAFxgWlgIEBKTCuJGYTvK/vag==";

    // Four Huffman streams and three tables of its own, then a block that uses all of these again.
    const string Lines60 =
        "KLUv/QQAbAkA1ls3C7DVAWS32IrUqPKUMgAzADQAQg66aoftGKhhLyNNT1a89y5ElJcCDSd0xHOalOIPDOnZhI/eEoLlhgmYdm37tGXufIo9GTt+epMx1hun" +
        "ol/7PjGEBj0MSXoJdl70TCRQojQkHHdEHEG70t1kxvXIJHjrLxfBqkbiYLTQq0sxQiXCiJfWLTGsaBCdjtpnV2Bw4/YT0vVmwbOelJgpViqS4FRHyBVBo1Kd" +
        "HAwKpwDEiUbZNzT35m5nuFJmgb+WSQnLehcFbQ1CJjNU//lIkKhFt0fwpnJyB2V6Eeg4rz1aqBHQUCIIm3sH4K0GEEApkD1I7AdAhsLF6tG9KshlBxlqo9nf" +
        "RhVG414wFo86MPZFLeINMVflGcck4cV/Chp6YCi1LXWjbgn1mTypCt0CAPOIEKAYop55EckN4UbDu1oEoVOuY6HAsf7sEVpV6P5gVGfMzFM9JUGCNa0TSQQ9" +
        "pY/FwfDW/zhSqCeYjSedEbEVRSoU5Bz8SOzlA+nXB7BW0MY105advJEVGgRJPyYE";

    // Among its blocks are tables of one code.
    const string Lines120 =
        "KLUv/QQALAoAhh06C7DVAcRssRX5wfOUNgA1ADUAlpOoooyYRIut1C7CKeayONG3ijPP88eYD6egQJqSw4YXO4QMzyYs9ASJKuWg0bJtHe3QXX0JQ3XU6Cba" +
        "XEeHXqbYdfR+zdb+IwTKQzjFh54wd5zwbOYhRnga+QSVNCOXsONP+oYc73ISNjqBVzJVIYEjIvXwsKRKKL86+laF7dXRtkIpNt+PtjI7402NjfH1Ovo6FWle" +
        "R1u380V11L+cF76ABwmlelYe2aScMisfy6qOTlUZ3b9qDK9QtKmOmupn3XXUXEecC3V0XEM8CXX0ocg0TygLC02oEXBUQoxkVsa7AcCjShsQGEqM9AlXEyKS" +
        "vj2S9agjyGFOJKNIJ3fAi62UCQnvRAQ5nBYikpHEowaKNFCkwePEaZHwXAw8YcuiDH87w98+PtoPrWO/A3laFbQKAIdiPz4APgA+ANSpoycjo691tGRWnF8d" +
        "tU2KRFZHLZjPUtXRCVbE8uvox0q8qY52LJhl11GLPbAU6qjVbkg0dXRqM5z/6q4BxUvVUZu7U4zq6MzNaXYdvRwRS0IdrZyZZlJH3RNTXjsHBrm5Gvbq1uH9" +
        "tSAsUR112csQXEftdkeTUEfnNse00LaVQLwKvpszY3aB9Y5NoJzV0dfRsK462joTylEd9U+Etuuo0bm8mzo6dHU8SR29r0eS1tH6gjGQ1VGHe76ARgXS/beV" +
        "BtqmbythSBVTW7mQeua2cmVDjdvKlEX00FboeAsNbcWMJeNpK2IsmbQVF+cjbaXOu79tpQ9BEAChZLEliy1ZbJkSypRQpoQyJZTRt4y+ZUooo2+ZEvAWi60E" +
        "zHz7K1/5yle+8pWvfOUrX/n232KxlYC3WLzFYvsrX/nKV77yla98+9vf/spXfumrCJUGAEdSIyIAIgAhABa5UcTqqFWueHkdncoUw/hH54TpGTG4NiGGYFY2" +
        "zZ9qKwEnoUCrqaMlseG9ddQWGV4QCx1eRydIlRJGLlp2JBwltI4GNnZsrop1dGvxFWrhLJI66pITS66O2uXMadXRuYx55joaYCIEBof58LaZE4rMzAiJqo5e" +
        "hkoP1dHK2JFu6qg7crTXLiog0Ds5Y5S+o7Q77G9/+1cR8BaLt1hsi8X2V77yKV/5qnyStEl4xmJ/kq0HtrnEGStf+cpfJeAtFm9p8RaLt1i0CLSE2Ts=";

    // Blocks of literals alone.
    const string Skewed3000 =
        "KLUv/QQA9AwAxr9lEpCnIOlJyr0Jaa0NH3+7u7vsAmEAXQBfAENW9d4CneT1V6/gePh+K1YsEwgCM6rFLU6X0oDjIVbPsU8W7j01RviIux+/LN87qGqQrtHG" +
        "VFDMeV+7RLKBc92UleoVWBMU5eyBxehrIath5zNNCAgNxBYLJw0J8W4oVnDiJzDFwXpNIUWk4+xLfvkKeOxQv1vEPtr8T5+UlVy5QMdLxbsxcdrDrgC+83zr" +
        "qVi4oPwYZhK+fdUa1MRhKXse2H+jCcVNkCsE17bSW0ZuaGGPbq//mok/yKX8T/COxbS6sMKhJ2EO85BpF+xV7nCTAgPiJaYIqukgw0jLBhoL75ckt3VSq090" +
        "gH7a2XdjJT5N7Gd6PCjxW6avyN0JXo6l9HtcHmxWd0i1KL+t/BA+f6UPjwcPhdSQb4svEh5gpXwX8UFN/N2Fyj5QhPcz4AK5AOLp4FLEJkXVtgGgyu9UKadm" +
        "DMgzM7AXfX0WWJUx+NqApDiaJD36hRH6Yl7oTixyAJLp01J6ozu6c4c+fDhvdWwOdUfp4w3p2CA/bQEAXOCgTAwAC0AQBl4AYQBgANptEZv7qVkEx+ueqi5e" +
        "fkummpYtsQLb3YUxyTO4dMd9nWkKs6VWILXAnjRlEq3/frv6KDMtARZEQk0uRmKzcuAf14yKwJt/q2cQ+X8x09jS3E1OkvOxwc23d26e9Bdyk7QPQ2VZa3P3" +
        "LDupIAcy0n3oEVqzmJcn1xBayGtNBYhNA1PQWEa56CK6tmP8Oxy/AObSSwZmO2WX5b0W7KsbsCa6YTliTXcHpQZ290N8B7vgvETGdzInJht7jl3TNFR2Wsnv" +
        "iurMTWBnrQjHM/ZVqHMhMp32mJwn08RtLY1xajYuuv5JO5wjFLnYJHClOLMoBCTluFofisIOPQge/p7MYieS5DOnBDQgL28t6NtpH3c3JQLmPvgP37xxYHiV" +
        "jMELOknoZVftaaQBtY8+NWWXlvalY0FrE9ZwbHdGkMSGS8SWbK+xVPp0Wgzco/TyhMmlY9s1Aw57ifMcyabGWMAnSohvWHi66TNB1UO4nI5D6b3sfOxm94DW" +
        "ts4sE/P/QzIAlQsAV3taWQBYAFkAv0MW48CV8z0ACXt0MhHmrS+BVdPdrPDWNLDgRSiJQtBogBMqxvKq5ZtFlwLaltPblmPjYxZfW6wiAzjVfvNdQvEM6TR2" +
        "uzld66e7V7KbBB7pOG3KTCqJdv7iNP7DbpDjTkT9uleltUfJqNP78OFKpPBUCSxmLrCN8dSXR3TZUfCRsCZt/ZKyFuIkwOSLfMd+9U4eYlMQTxWBp/F8spKz" +
        "Pq2fYoXXuPtvYEBWndig9FIFc/7wx1K7rTwoqVQVneOBnfVrj+LEFoSbkbd19dQo0v2obPaUzbcORdJSr9W6gFuOagmTbW/BjMzAQwIgkYSw8bJUD3lM4/5n" +
        "wUU1U5HquU1M/YsIzJOB0rLqjd3MNZ/Tl+Bs+Swe8bEaNki6hUhB2RpXgVZrF7kPJa2ebzQQWLKwfkTjrCauOzeboAH9IH3oEhCH6LeSwCA9txS0zifetU6a" +
        "JcciPtdpPg5wtoRc4OgKCAEADgCYAnd8Rmc=";

    // Blocks of one byte.
    const string Same3000 =
        "KLUv/QQATAAAEGFhAQD7K4AFAiAAYcMdAGHhDgmW";

    [Fact]
    public void FramesOfTheReferenceProgramAreRead()
    {
        Assert.Equal(Lines(10), Decompress(Convert.FromBase64String(Lines10)));
        Assert.Equal(Lines(60), Decompress(Convert.FromBase64String(Lines60)));
        Assert.Equal(Lines(120), Decompress(Convert.FromBase64String(Lines120)));
        Assert.Equal(Skewed(3000), Decompress(Convert.FromBase64String(Skewed3000)));
        Assert.Equal(Enumerable.Repeat((byte)'a', 3000), Decompress(Convert.FromBase64String(Same3000)));
    }

    [Fact]
    public void EveryKindOfBlockIsRead()
    {
        Assert.Equal("abc"u8, Decompress(Hex("28B52FFD 20 03 190000 616263")));                         // raw
        Assert.Equal("aaaaa"u8, Decompress(Hex("28B52FFD 00 58 2B0000 61")));                          // one byte, no size stated
        Assert.Equal("abcaaaaa"u8, Decompress(Hex("28B52FFD 20 08 180000 616263 2B0000 61")));          // two blocks
        Assert.Equal("xxxxx"u8, Decompress(Hex("28B52FFD 20 05 1D0000 29 78 00")));                     // literals of one byte
        // Symbols 0 and 1 of a bit each: weight 1 written, weight 1 implied. From the end: the mark, then 1 0 1 1.
        Assert.Equal([1, 0, 1, 1], Decompress(Hex("28B52FFD 20 04 3D0000 42C000 8010 1B 00")));
        Assert.Empty(Decompress(Hex("28B52FFD 20 00 010000")));
        Assert.Empty(Decompress([]));
    }

    [Fact]
    public void SeveralFramesAndSkippableOnesAreOneText()
    {
        Assert.Equal("abcabc"u8,
            Decompress(Hex("28B52FFD2003190000616263 502A4D18 02000000 FFFF 28B52FFD2003190000616263 5F2A4D18 00000000")));
    }

    [Fact]
    public void DamageIsNamed()
    {
        Rejects("28B52FFE 20 03 190000 616263", "does not begin with its mark");
        Rejects("28B52FFD 20 03 190000 6162", "ends too early");
        Rejects("28B52FFD 20 04 190000 616263", "a zstd frame of 3 bytes states 4");
        Rejects("28B52FFD 28 03 190000 616263", "a reserved flag");
        Rejects("28B52FFD 21 07 03 190000 616263", "needs a dictionary");
        Rejects("28B52FFD 20 03 1F0000 616263", "a reserved type");
        Rejects("28B52FFD 20 03 090010 61", "a zstd block of 131073 bytes");
        Rejects("28B52FFD 20 03 030010 61", "more than the 1024 bytes stated");
        Rejects("28B52FFD 20 04 3D0000 43C000 8010 1B 00", "a Huffman table that was not given");
        Rejects("28B52FFD 20 04 3D0000 42C000 80F0 1B 00", "weights do not add up");
        Rejects("28B52FFD 20 04 3D0000 42C000 8010 3B 00", "do not end where their bits do");
        Rejects("28B52FFD 20 04 3D0000 42C000 8010 00 00", "no end mark");
        Rejects("28B52FFD 20 05 250000 29 78 01 FC", "a table that was not given");
        Rejects("28B52FFD 24 03 190000 616263 00000000", "checksum does not agree");
        byte[] frame = Convert.FromBase64String(Lines60);
        frame[^1] ^= 1;
        Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => Decompress(frame)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedFramesGiveNothingButErrorsOrBytes()
    {
        var random = new Random(3);
        byte[][] frames = [.. new[] { Lines10, Lines60, Lines120, Skewed3000, Same3000 }.Select(Convert.FromBase64String)];
        int rejected = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            byte[] bytes = [.. frames[trial % frames.Length]];
            for (int k = random.Next(1, 4); k > 0; k--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Decompress(bytes, 1 << 16);
            }
            catch (InvalidDataException)
            {
                rejected++;
            }
        }
        Assert.True(rejected > 19_900, $"{rejected} rejected, and checksums should reject nearly all");
    }

    // The values of the specification's own implementation (xxhsum -H1).
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void TheHashIsXxh64(string text, ulong expected)
        => Assert.Equal(expected, XxHash64.Hash(System.Text.Encoding.ASCII.GetBytes(text)));
}
