namespace NeuralCore.Tests;

/// <summary>LSTM in double: gates i, f, g, o.</summary>
sealed class ReferenceLstm(int inputSize, int hiddenSize, double[] wIh, double[] wHh, double[] bIh, double[] bHh)
    : ReferenceCell(inputSize, hiddenSize, wIh, wHh, bIh, bHh)
{
    readonly Dictionary<int, double[]> gates = [];   // of each step: (4H)

    protected override (double[] H, double[] C) Step(int t)
    {
        double[] z = new double[4 * H], h = new double[H], c = new double[H];
        for (int row = 0; row < 4 * H; row++)
        {
            double sum = InputSum(row, X[t]) + HiddenSum(row, Hidden[t]);
            z[row] = row / H == 2 ? Math.Tanh(sum) : ReferenceKernels.Sigmoid(sum);
        }
        for (int j = 0; j < H; j++)
        {
            c[j] = z[H + j] * Cell[t][j] + z[j] * z[2 * H + j];
            h[j] = z[3 * H + j] * Math.Tanh(c[j]);
        }
        gates[t] = z;
        return (h, c);
    }

    protected override (double[] DH, double[] DC) StepBack(int t, double[] dH, double[] dC, double[] dX)
    {
        double[] dZ = new double[4 * H], z = gates[t], dBefore = new double[H], dCBefore = new double[H];
        for (int j = 0; j < H; j++)
        {
            (double i, double f, double g, double o, double tanh) = (z[j], z[H + j], z[2 * H + j], z[3 * H + j], Math.Tanh(Cell[t + 1][j]));
            double dc = dC[j] + dH[j] * o * (1 - tanh * tanh);
            dZ[j] = dc * g * i * (1 - i);
            dZ[H + j] = dc * Cell[t][j] * f * (1 - f);
            dZ[2 * H + j] = dc * i * (1 - g * g);
            dZ[3 * H + j] = dH[j] * tanh * o * (1 - o);
            dCBefore[j] = dc * f;
        }
        for (int row = 0; row < 4 * H; row++)
        {
            InputSumBack(row, dZ[row], X[t], dX);
            HiddenSumBack(row, dZ[row], Hidden[t], dBefore);
        }
        return (dBefore, dCBefore);
    }
}
