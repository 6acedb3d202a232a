using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NeuralCore.Kernels;

namespace NeuralCore.Tests;

/// <summary>
/// Training gives the same weights, bit for bit, with AVX-512, AVX2 or no vector hardware. Run with DOTNET_EnableAVX512=0,
/// DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0. A hash changes when the arithmetic of training changes, and only then: a new one
/// is then taken from the failure's message, after the three settings were seen to agree on it.
/// </summary>
[Trait("Category", "Bits")]
public class BitsTests
{
    const int Rows = 400, T = 7, I = 5;

    [Fact]
    public void FiftyStepsOfAdamOnARecurrentNetworkWithAttention()
    {
        var model = new Model(new Sequential(new Lstm(I, 9, bidirectional: true), new AdditiveAttention(18, 6), new Dense(18, 16),
            Activation.Relu(), new Dropout(0.3f), new Dense(16, 3)), seed: 1);
        Train(model, new CrossEntropy([1f, 2f, 0.5f], labelSmoothing: 0.1), new Adam(0.01f), clipNorm: 1f);
        AssertHash("DE0F2CB656FE6DA5C63AFAA70954D2CB514F13B364330512F6C0462F72DC152F", model);
    }

    [Fact]
    public void FiftyStepsOfSgdOnALastStepNetwork()
    {
        var model = new Model(new Sequential(new Lstm(I, 17, bidirectional: true, lastStep: true), new Dense(34, 8), Activation.Tanh(),
            new Residual(new Dense(8, 8)), Activation.Sigmoid(), new Concat(new Dense(8, 2), new Dense(8, 1))), seed: 2);
        Train(model, new CrossEntropy(), new Sgd(0.1f, momentum: 0.9f), clipNorm: float.PositiveInfinity);
        AssertHash("8D6E3C7EC2FA65570CE70A84143A76A5144EFA088B71F59B011AB7106E1292C1", model);
    }

    [Fact]
    public void FiftyStepsOfAdamOnASmallTransformer()
    {
        var model = new Model(new Sequential(new Dense(I, 12), new SinusoidalPositions(),
            new TransformerEncoder(2, 12, 3, 20, 0.1f, FeedForwardActivation.Gelu, normFirst: true, causal: true, finalNorm: true),
            new TransformerEncoderLayer(12, 2, 17), new AdditiveAttention(12, 6), new Dense(12, 3)), seed: 1);
        Train(model, new CrossEntropy(), new Adam(0.003f), clipNorm: 1f);
        AssertHash("DF4B272253ACBF093357E5046CBB20B0BB0226FA4C9D4FE1B946DDF6DBE8883F", model);
    }

    [Fact]
    public void TheSettingDecidesTheWidth()
    {
        static bool Off(string name) => Environment.GetEnvironmentVariable("DOTNET_Enable" + name) == "0";
        if (Off("AVX512") || Off("AVX2") || Off("HWIntrinsic")) Assert.False(Simd.Has512);
        if (Off("AVX2") || Off("HWIntrinsic")) Assert.False(Simd.Has256);
        if (Off("HWIntrinsic")) Assert.False(Simd.Has128);
        Assert.Equal("V1", Width.All[^1].ToString());
    }

    /// <summary>
    /// Five epochs of ten batches of 40 rows, two shards each; targets follow the inputs, so that there is something to learn.
    /// </summary>
    static void Train(Model model, Loss loss, Optimizer optimizer, float clipNorm)
    {
        float[] inputs = Draw.Floats(Rows * T * I, 1, 2), targets = new float[Rows];
        for (int row = 0; row < Rows; row++) targets[row] = inputs[row * T * I] > 0.7f ? 2 : inputs[(row + 1) * T * I - 1] > 0 ? 1 : 0;
        var samples = new ArraySamples(inputs, new Shape(T, I), targets);
        var options = new TrainerOptions { Epochs = 5, BatchSize = 40, ClipValue = 5, ClipNorm = clipNorm, Seed = 3 };
        History history = new Trainer(model, loss, optimizer, options).Fit(samples,
            callbacks: [new LearningRateScheduler((epoch, rate) => epoch == 1 ? rate : rate * 0.95f)]);
        Assert.Equal(5, history.Epochs.Count);
        Assert.True(history.Epochs[^1].TrainingLoss < history.Epochs[0].TrainingLoss, "training did not lower the loss");
    }

    static void AssertHash(string expected, Model model)
    {
        Assert.All(model.Values.ToArray(), v => Assert.True(float.IsFinite(v)));
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.Values)));
        Assert.True(hash == expected, $"weights: expected hash {expected}, got {hash}");
    }
}
