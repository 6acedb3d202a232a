using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Models.Tests;

/// <summary>
/// The same predictions, bit for bit, with AVX-512, AVX2 or no vector hardware: run with DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 and
/// DOTNET_EnableHWIntrinsic=0. A hash changes when the arithmetic changes, and only then.
/// </summary>
[Trait("Category", "Bits")]
public class ModelBitsTests
{
    [Theory]
    [InlineData(0, "F43DD314A63BD485")]
    [InlineData(2, "2D249CFBA6078093")]
    [InlineData(5, "A40820BC00483D88")]
    public void Fits_have_the_same_bits_on_every_machine(int classes, string expected)
    {
        LabelledRows rows = BoostingTests.Made(8, 3000, (x, noise) => classes == 0 ? x[0] * x[1] + noise
            : Math.Clamp((int)Math.Floor(x[0] * x[1] + noise + 1), 0, classes - 1), classes,
            (f, v) => f == 2 && v > 1 ? float.NaN : v);
        LabelledRows known = BoostingTests.Made(8, 700,
            (x, noise) => classes == 0 ? 0 : Math.Clamp((int)Math.Floor(x[0] + noise + 1), 0, classes - 1), classes);
        List<double> p =
        [
            .. new HistogramGradientBoosting { MaxIterations = 10 }.Fit(rows).Predict(rows.X),
            .. new RandomForest { Trees = 5, MaxDepth = 6 }.Fit(rows, 1).Predict(rows.X),
        ];
        if (classes > 0) p.AddRange(new LogisticRegression().Fit(known).Predict(known.X));
        Assert.All(p, v => Assert.True(double.IsFinite(v)));
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<double>(p.ToArray())))[..16];
        Assert.True(hash == expected, $"predictions of {classes} classes: expected hash {expected}, got {hash}");
    }
}
