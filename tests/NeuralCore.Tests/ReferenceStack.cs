namespace NeuralCore.Tests;

/// <summary>
/// A stack of reference cells in one or two directions for one sequence: every layer reads [forward | backward] of the one below. States
/// are indexed [layer·directions + direction].
/// </summary>
sealed class ReferenceStack(ReferenceCell[] cells, int directions, int hiddenSize)
{
    readonly int H = hiddenSize, layers = cells.Length / directions;

    public ReferenceCell[] Cells => cells;

    /// <summary>The top layer's output of each step.</summary>
    public double[][] Forward(double[][] x, double[][] h0, double[][] c0)
    {
        for (int layer = 0; layer < layers; layer++)
        {
            double[][] y = [.. x.Select(_ => new double[directions * H])];
            for (int d = 0; d < directions; d++)
            {
                ReferenceCell cell = cells[layer * directions + d];
                cell.Forward(d == 0 ? x : [.. x.Reverse()], h0[layer * directions + d], c0[layer * directions + d]);
                for (int step = 0; step < x.Length; step++) cell.Hidden[step + 1].CopyTo(y[d == 0 ? step : x.Length - 1 - step], d * H);
            }
            x = y;
        }
        return x;
    }

    /// <summary>From the gradients of all outputs and of the final states to those of x and of the initial states.</summary>
    public (double[][] DX, double[][] DH0, double[][] DC0) Backward(double[][] dY, double[][] dH, double[][] dC)
    {
        int T = dY.Length;
        double[][] dH0 = new double[cells.Length][], dC0 = new double[cells.Length][];
        for (int layer = layers - 1; layer >= 0; layer--)
        {
            double[][]? dX = null;
            for (int d = 0; d < directions; d++)
            {
                int i = layer * directions + d;
                double[][] dHidden = [.. (d == 0 ? dY : dY.Reverse()).Select(row => row[(d * H)..((d + 1) * H)])];
                for (int j = 0; j < H; j++) dHidden[T - 1][j] += dH[i][j];
                (double[][] dSteps, dH0[i], dC0[i]) = cells[i].Backward(dHidden, dC[i]);
                if (d == 1) dSteps = [.. dSteps.Reverse()];
                dX = dX is null ? dSteps : [.. dX.Zip(dSteps, (a, b) => a.Zip(b, (p, q) => p + q).ToArray())];
            }
            dY = dX!;
        }
        return (dY, dH0, dC0);
    }
}
