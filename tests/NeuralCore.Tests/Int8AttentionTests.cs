namespace NeuralCore.Tests;

public sealed class Int8AttentionTests
{
    /// <summary>All scores of a head stand in one block of doubles, which ends at 2³⁰ of them.</summary>
    [Fact]
    public void Too_many_steps_are_refused()
    {
        const int T = 1 << 15;
        Model int8 = new Model(new MultiHeadAttention(1, 1), seed: 2).Quantize();
        Assert.Contains($"expected keys for at most {Array.MaxLength / 2} products with {T} queries, got (1, {T}, 1)",
            Assert.Throws<ArgumentException>(() => int8.Predict(new Tensor(1, T, 1), int8.Tape())).Message);
    }
}
