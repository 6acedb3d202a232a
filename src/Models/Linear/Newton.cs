namespace NeuralCore.Models;

/// <summary>Newton's direction H⁻¹ g.</summary>
static class Newton
{
    /// <summary>
    /// Solves H d = g for a symmetric positive definite H (d, d) by <see cref="Cholesky"/>'s decomposition of D⁻½ H D⁻½, D = diag H; where
    /// rounding leaves it singular, with as much added to its diagonal of ones as it takes.
    /// </summary>
    internal static double[] Direction(double[] hessian, double[] gradient)
    {
        int n = gradient.Length;
        var scale = new double[n];
        for (int i = 0; i < n; i++) scale[i] = hessian[i * n + i] > 0 ? 1 / Math.Sqrt(hessian[i * n + i]) : 1;
        var factor = new double[n * n];
        for (double ridge = 0; ; ridge = Math.Max(1e-14, ridge * 10))
        {
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++) factor[i * n + j] = hessian[i * n + j] * scale[i] * scale[j] + (i == j ? ridge : 0);
            if (Cholesky.Factorise(factor, n)) break;
        }
        var d = new double[n];
        for (int i = 0; i < n; i++)
        {
            double sum = gradient[i] * scale[i];
            for (int j = 0; j < i; j++) sum -= factor[i * n + j] * d[j];
            d[i] = sum / factor[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = d[i];
            for (int j = i + 1; j < n; j++) sum -= factor[j * n + i] * d[j];
            d[i] = sum / factor[i * n + i];
        }
        for (int i = 0; i < n; i++) d[i] *= scale[i];
        return d;
    }
}
