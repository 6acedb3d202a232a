namespace NeuralCore.Models;

/// <summary>
/// A running total that also carries what each addition rounds away, so that millions of additions lose no more than the last.
/// <para>Source: Knuth, "The Art of Computer Programming" vol. 2, section 4.2.2, theorem B.</para>
/// </summary>
struct CompensatedSum
{
    double sum, lost;

    public readonly double Value => sum + lost;

    public void Add(double x)
    {
        double next = sum + x, taken = next - sum;
        lost += (sum - (next - taken)) + (x - taken);
        sum = next;
    }
}
