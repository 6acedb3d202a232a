using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralCore.Models;

/// <summary>The sum of the values. For values of one sign; sums of differing ones may cancel and lose digits.</summary>
readonly record struct WindowSum(Vector<double> Sum) : IWindow<WindowSum>
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowSum Load(ref double first, nuint at, nuint stride) => new(Vector.LoadUnsafe(ref first, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride) => Sum.StoreUnsafe(ref first, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowSum Join(WindowSum older, double olderCount, WindowSum newer, double newerCount) => new(older.Sum + newer.Sum);
}

/// <summary>The largest value.</summary>
readonly record struct WindowMaximum(Vector<double> Value) : IWindow<WindowMaximum>
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMaximum Load(ref double first, nuint at, nuint stride) => new(Vector.LoadUnsafe(ref first, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride) => Value.StoreUnsafe(ref first, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMaximum Join(WindowMaximum older, double olderCount, WindowMaximum newer, double newerCount) =>
        new(Vector.Max(older.Value, newer.Value));
}

/// <summary>The smallest value.</summary>
readonly record struct WindowMinimum(Vector<double> Value) : IWindow<WindowMinimum>
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMinimum Load(ref double first, nuint at, nuint stride) => new(Vector.LoadUnsafe(ref first, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride) => Value.StoreUnsafe(ref first, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMinimum Join(WindowMinimum older, double olderCount, WindowMinimum newer, double newerCount) =>
        new(Vector.Min(older.Value, newer.Value));
}

/// <summary>
/// The last value x and Σ (xᵢ - x), so that the mean is x + Σ/n. Measured from the last value, the sum keeps the digits that a
/// large common level would take, and is exactly 0 where the values are equal.
/// </summary>
readonly record struct WindowMean(Vector<double> Last, Vector<double> Sum) : IWindow<WindowMean>
{
    public static int Numbers => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMean Load(ref double first, nuint at, nuint stride) =>
        new(Vector.LoadUnsafe(ref first, at), Vector.LoadUnsafe(ref first, at + stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride) => Sum.StoreUnsafe(ref first, at + stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMean Join(WindowMean older, double olderCount, WindowMean newer, double newerCount) =>
        new(newer.Last, newer.Sum + (older.Sum + new Vector<double>(olderCount) * (older.Last - newer.Last)));
}

/// <summary>
/// As <see cref="WindowMean"/>, with the sum M₂ of squared deviations from the mean: M₂ of two windows of a and b values whose means
/// differ by δ is M₂ᵃ + M₂ᵇ + δ² a b / (a + b).
/// <para>Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.</para>
/// </summary>
readonly record struct WindowMoments(Vector<double> Last, Vector<double> Sum, Vector<double> Squares) : IWindow<WindowMoments>
{
    public static int Numbers => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMoments Load(ref double first, nuint at, nuint stride) => new(
        Vector.LoadUnsafe(ref first, at), Vector.LoadUnsafe(ref first, at + stride), Vector.LoadUnsafe(ref first, at + 2 * stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride)
    {
        Sum.StoreUnsafe(ref first, at + stride);
        Squares.StoreUnsafe(ref first, at + 2 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowMoments Join(WindowMoments older, double olderCount, WindowMoments newer, double newerCount)
    {
        Vector<double> step = older.Last - newer.Last;
        Vector<double> delta = older.Sum * new Vector<double>(1 / olderCount) + step - newer.Sum * new Vector<double>(1 / newerCount);
        return new(
            newer.Last,
            newer.Sum + (older.Sum + new Vector<double>(olderCount) * step),
            older.Squares + newer.Squares + delta * delta * new Vector<double>(olderCount * newerCount / (olderCount + newerCount)));
    }
}

/// <summary>The last value x, the sum of the weights w, and Σ wᵢ (xᵢ - x), so that the weighted mean is x + Σ/w.</summary>
readonly record struct WindowWeightedMean(Vector<double> Last, Vector<double> Weight, Vector<double> Sum) : IWindow<WindowWeightedMean>
{
    public static int Numbers => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowWeightedMean Load(ref double first, nuint at, nuint stride) => new(
        Vector.LoadUnsafe(ref first, at), Vector.LoadUnsafe(ref first, at + stride), Vector.LoadUnsafe(ref first, at + 2 * stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double first, nuint at, nuint stride)
    {
        Weight.StoreUnsafe(ref first, at + stride);
        Sum.StoreUnsafe(ref first, at + 2 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowWeightedMean Join(WindowWeightedMean older, double olderCount, WindowWeightedMean newer, double newerCount) =>
        new(newer.Last, older.Weight + newer.Weight, newer.Sum + (older.Sum + older.Weight * (older.Last - newer.Last)));
}
