using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralCore.Models;

/// <summary>
/// Indicators as pure functions over spans of one value a candle, ascending in time: <c>output[t]</c> depends on inputs 0 … t only
/// and is NaN while the indicator warms up. Names and conventions are TA-Lib's unless the method says otherwise.
/// <para>
/// Outputs are as long as the inputs and share no memory with them or with each other. After the warm-up, finite inputs of ordinary
/// size give finite outputs; what 0/0 counts as in a market that does not move is stated by each method.
/// </para>
/// <para>
/// An indicator of a window (a mean, a deviation, an extreme of the last n values) depends on the values of its window alone, to the
/// last bit: nothing that lies before the window, however large, leaves a trace. A NaN makes the windows that contain it NaN, and no
/// others. An average that never forgets (the exponential ones and what stands on them) stays NaN from the first NaN on.
/// </para>
/// </summary>
public static partial class Indicators
{
    static void CheckPeriod(
        int period, [CallerMemberName] string name = "", [CallerArgumentExpression(nameof(period))] string parameter = "")
    {
        if (period < 1)
            throw new ArgumentOutOfRangeException(parameter, period, $"{name}: expected a {Words(parameter)} of at least 1, got {period}");
    }

    static void CheckOutput(
        ReadOnlySpan<double> input, ReadOnlySpan<double> output, [CallerMemberName] string name = "",
        [CallerArgumentExpression(nameof(output))] string parameter = "")
    {
        if (output.Length != input.Length)
        {
            throw new ArgumentException(
                $"{name}: expected an output of {input.Length} values, one a candle, got {output.Length}", parameter);
        }
        if (output.Overlaps(input))
            throw new ArgumentException($"{name}: expected an output apart from the input, got memory that they share", parameter);
    }

    static void CheckOutput(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, ReadOnlySpan<double> output,
        [CallerMemberName] string name = "", [CallerArgumentExpression(nameof(output))] string parameter = "")
    {
        CheckInput(high, close, name, nameof(high));
        CheckInput(low, close, name, nameof(low));
        CheckOutput(close, output, name, parameter);
        CheckOutput(high, output, name, parameter);
        CheckOutput(low, output, name, parameter);
    }

    static void CheckInput(
        ReadOnlySpan<double> input, ReadOnlySpan<double> close, [CallerMemberName] string name = "",
        [CallerArgumentExpression(nameof(input))] string parameter = "")
    {
        if (input.Length != close.Length)
        {
            throw new ArgumentException(
                $"{name}: expected '{parameter}' to have {close.Length} values, one a candle, got {input.Length}", parameter);
        }
    }

    static string Words(string parameter) => parameter == "period" ? parameter : $"period '{parameter}'";

    /// <summary>Marks the first <paramref name="count"/> values, or all where there are fewer, as not known yet.</summary>
    static void WarmUp(Span<double> output, int count) => output[..Math.Min(count, output.Length)].Fill(double.NaN);

    /// <summary>The numerator over the denominator, and <paramref name="otherwise"/> where the denominator is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<double> Ratio(Vector<double> numerator, Vector<double> denominator, double otherwise) => Vector.ConditionalSelect(
        Vector.Equals(denominator, Vector<double>.Zero), new Vector<double>(otherwise), numerator / denominator);
}
