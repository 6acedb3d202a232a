namespace NeuralCore.Tests;

/// <summary>GRU in double: gates r, z, n, the reset gate after the product with the hidden state or before it.</summary>
sealed class ReferenceGru(int inputSize, int hiddenSize, double[] wIh, double[] wHh, double[] bIh, double[] bHh, bool resetAfter)
    : ReferenceCell(inputSize, hiddenSize, wIh, wHh, bIh, bHh)
{
    readonly Dictionary<int, double[]> gates = [];   // of each step: r, z, n and the hidden sum of n (4H)

    double[] Operand(int t) => resetAfter ? Hidden[t] : [.. Hidden[t].Select((h, j) => gates[t][j] * h)];

    protected override (double[] H, double[] C) Step(int t)
    {
        double[] g = gates[t] = new double[4 * H], h = new double[H];
        for (int row = 0; row < 2 * H; row++) g[row] = ReferenceKernels.Sigmoid(InputSum(row, X[t]) + HiddenSum(row, Hidden[t]));
        double[] operand = Operand(t);
        for (int j = 0; j < H; j++)
        {
            g[3 * H + j] = HiddenSum(2 * H + j, operand);
            g[2 * H + j] = Math.Tanh(InputSum(2 * H + j, X[t]) + (resetAfter ? g[j] : 1) * g[3 * H + j]);
            h[j] = (1 - g[H + j]) * g[2 * H + j] + g[H + j] * Hidden[t][j];
        }
        return (h, []);
    }

    protected override (double[] DH, double[] DC) StepBack(int t, double[] dH, double[] dC, double[] dX)
    {
        double[] g = gates[t], operand = Operand(t), dOperand = new double[H], dR = new double[H], dBefore = new double[H];
        for (int j = 0; j < H; j++)
        {
            (double r, double z, double n) = (g[j], g[H + j], g[2 * H + j]);
            double dN = dH[j] * (1 - z) * (1 - n * n), dZ = dH[j] * (Hidden[t][j] - n) * z * (1 - z);
            dBefore[j] += dH[j] * z;
            InputSumBack(2 * H + j, dN, X[t], dX);
            InputSumBack(H + j, dZ, X[t], dX);
            HiddenSumBack(H + j, dZ, Hidden[t], dBefore);
            HiddenSumBack(2 * H + j, resetAfter ? dN * r : dN, operand, dOperand);
            if (resetAfter) dR[j] = dN * g[3 * H + j];
        }
        for (int j = 0; j < H; j++)
        {
            if (!resetAfter) dR[j] = dOperand[j] * Hidden[t][j];
            dBefore[j] += resetAfter ? dOperand[j] : dOperand[j] * g[j];
        }
        for (int j = 0; j < H; j++)
        {
            double d = dR[j] * g[j] * (1 - g[j]);
            InputSumBack(j, d, X[t], dX);
            HiddenSumBack(j, d, Hidden[t], dBefore);
        }
        return (dBefore, []);
    }
}
