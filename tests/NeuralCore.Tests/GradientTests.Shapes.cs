using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public partial class GradientTests
{
    [Fact]
    [Trait("Category", "Bits")]
    public void DenseOverRandomShapes()
        => Holds((b, t, i, o) => (new Dense(i, o, bias: o % 2 == 0), t == 1 ? new Shape(b, i) : new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void LstmOverRandomShapes() => Holds((b, t, i, o) => (new Lstm(i, o), new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void LastStepOverRandomShapes() => Holds((b, t, i, o) => (new Lstm(i, o, lastStep: true), new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void BidirectionalLstmOverRandomShapes()
        => Holds((b, t, i, o) => (new Lstm(i, o, layers: 1 + t % 2, bidirectional: true, lastStep: b % 2 == 0), new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void GruOverRandomShapes()
        => Holds((b, t, i, o) => (new Gru(i, o, bidirectional: t % 2 == 0, lastStep: b % 2 == 0, resetAfter: i % 2 == 0),
            new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void AttentionOverRandomShapes() => Holds((b, t, i, o) => (new AdditiveAttention(i, o), new Shape(b, t, i)));

    [Fact]
    [Trait("Category", "Bits")]
    public void HeadsOverRandomShapes()
        => Holds((b, t, i, o) => (new MultiHeadAttention(i * o, o, bias: b % 2 == 0, causal: t % 2 == 0), new Shape(b, t, i * o)));

    [Fact]
    [Trait("Category", "Bits")]
    public void TwoHeadsOnATrunkOverRandomShapes()
        => Holds((b, t, i, o) => (new Sequential(new Lstm(i, o), new TakeLast(), new Concat(new Dense(o, 2), new Dense(o, 1))),
            new Shape(b, t, i)));

    /// <summary>
    /// The gradient check passes for batches of 1 to 9, 1 to 7 steps, and odd and even sizes; the list has sizes of more than a vector.
    /// </summary>
    static void Holds(Func<int, int, int, int, (Layer Layer, Shape Input)> make)
    {
        var sizes = from b in Gen.Choose(1, 9)
                    from t in Gen.Choose(1, 7)
                    from i in Gen.Elements(1, 2, 3, 5, 7)
                    from o in Gen.Elements(1, 2, 3, 5, 8)
                    select (B: b, T: t, I: i, O: o);
        int cases = 0;
        Prop.ForAll(sizes.ToArbitrary(), size =>
        {
            cases++;
            (Layer layer, Shape input) = make(size.B, size.T, size.I, size.O);
            GradientCheckResult result = GradientCheck.Run(layer, input,
                seed: (ulong)(size.B * 1000 + size.T * 100 + size.I * 10 + size.O));
            return result.Passed.Label($"{size}: {result}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20).WithReplay(20240, 7));
        Assert.Equal(20, cases);
    }
}
