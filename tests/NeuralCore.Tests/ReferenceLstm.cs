namespace NeuralCore.Tests;

/// <summary>
/// One LSTM layer in double for one row of the batch, forward and backward through time, as the equations stand in the textbooks.
/// Parameters have PyTorch's layout: weights (4H, I) and (4H, H), gates i, f, g, o.
/// </summary>
sealed class ReferenceLstm(int inputSize, int hiddenSize, double[] wIh, double[] wHh, double[] bIh, double[] bHh)
{
    readonly int I = inputSize, H = hiddenSize;

    public double[][] Hidden { get; private set; } = [];   // h_0 (initial), h_1, ..., h_T
    public double[][] Cell { get; private set; } = [];
    double[][] x = [], gates = [];                         // gates: T of (4H): i, f, g, o

    public double[] DWIh { get; } = new double[wIh.Length];
    public double[] DWHh { get; } = new double[wHh.Length];
    public double[] DB { get; } = new double[bIh.Length];

    /// <summary>Reads the steps of x in the given order from the state (h0, c0).</summary>
    public void Forward(double[][] steps, double[] h0, double[] c0)
    {
        int T = steps.Length;
        (x, gates, Hidden, Cell) = (steps, new double[T][], new double[T + 1][], new double[T + 1][]);
        (Hidden[0], Cell[0]) = (h0, c0);
        for (int t = 0; t < T; t++)
        {
            double[] z = new double[4 * H], h = new double[H], c = new double[H];
            for (int row = 0; row < 4 * H; row++)
            {
                z[row] = bIh[row] + bHh[row];
                for (int k = 0; k < I; k++) z[row] += wIh[row * I + k] * x[t][k];
                for (int k = 0; k < H; k++) z[row] += wHh[row * H + k] * Hidden[t][k];
                z[row] = row / H == 2 ? Math.Tanh(z[row]) : ReferenceKernels.Sigmoid(z[row]);
            }
            for (int j = 0; j < H; j++)
            {
                c[j] = z[H + j] * Cell[t][j] + z[j] * z[2 * H + j];
                h[j] = z[3 * H + j] * Math.Tanh(c[j]);
            }
            (gates[t], Hidden[t + 1], Cell[t + 1]) = (z, h, c);
        }
    }

    /// <summary>
    /// From the gradients of all hidden states h_1..h_T and of the last cell state: adds to those of the parameters, returns those of x
    /// and of the initial state.
    /// </summary>
    public (double[][] DX, double[] DH0, double[] DC0) Backward(double[][] dHidden, double[] dCellLast)
    {
        int T = x.Length;
        var dX = new double[T][];
        double[] dH = new double[H], dC = [.. dCellLast];
        for (int t = T - 1; t >= 0; t--)
        {
            double[] dZ = new double[4 * H], z = gates[t];
            for (int j = 0; j < H; j++)
            {
                (double i, double f, double g, double o, double tanh) = (z[j], z[H + j], z[2 * H + j], z[3 * H + j], Math.Tanh(Cell[t + 1][j]));
                double dh = dH[j] + dHidden[t][j], dc = dC[j] + dh * o * (1 - tanh * tanh);
                dZ[j] = dc * g * i * (1 - i);
                dZ[H + j] = dc * Cell[t][j] * f * (1 - f);
                dZ[2 * H + j] = dc * i * (1 - g * g);
                dZ[3 * H + j] = dh * tanh * o * (1 - o);
                dC[j] = dc * f;
            }
            (dX[t], dH) = (new double[I], new double[H]);
            for (int row = 0; row < 4 * H; row++)
            {
                DB[row] += dZ[row];
                for (int k = 0; k < I; k++)
                {
                    DWIh[row * I + k] += dZ[row] * x[t][k];
                    dX[t][k] += dZ[row] * wIh[row * I + k];
                }
                for (int k = 0; k < H; k++)
                {
                    DWHh[row * H + k] += dZ[row] * Hidden[t][k];
                    dH[k] += dZ[row] * wHh[row * H + k];
                }
            }
        }
        return (dX, dH, dC);
    }
}
