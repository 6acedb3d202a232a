namespace NeuralCore.Models;

/// <summary>Cholesky's decomposition of a symmetric positive definite matrix.</summary>
static class Cholesky
{
    /// <summary>The lower triangle L with L Lᵀ = A (n, n), in the place of A's; false: a pivot is at most 1e-15 or NaN.</summary>
    internal static bool Factorise(double[] a, int n)
    {
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i * n + j];
                for (int k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
                if (i > j) a[i * n + j] = sum / a[j * n + j];
                else if (sum > 1e-15) a[i * n + i] = Math.Sqrt(sum);
                else return false;
            }
        return true;
    }
}
