namespace NeuralCore.Tests;

/// <summary>
/// One recurrent layer and direction in double for one row of the batch, forward and backward through time, as the equations stand in the
/// textbooks. Parameters have PyTorch's layout and gate order.
/// </summary>
abstract class ReferenceCell(int inputSize, int hiddenSize, double[] wIh, double[] wHh, double[] bIh, double[] bHh)
{
    protected int I { get; } = inputSize;
    protected int H { get; } = hiddenSize;

    public double[] DWIh { get; } = new double[wIh.Length];
    public double[] DWHh { get; } = new double[wHh.Length];
    public double[] DBIh { get; } = new double[bIh.Length];
    public double[] DBHh { get; } = new double[bHh.Length];

    /// <summary>h_0 (initial), h_1, ..., h_T; and the same of the cells, which a GRU leaves empty.</summary>
    public double[][] Hidden { get; protected set; } = [];
    public double[][] Cell { get; protected set; } = [];
    protected double[][] X { get; private set; } = [];

    /// <summary>Reads the steps of x in the given order from the state (h0, c0).</summary>
    public void Forward(double[][] steps, double[] h0, double[] c0)
    {
        (X, Hidden, Cell) = (steps, new double[steps.Length + 1][], new double[steps.Length + 1][]);
        (Hidden[0], Cell[0]) = (h0, c0);
        for (int t = 0; t < steps.Length; t++) (Hidden[t + 1], Cell[t + 1]) = Step(t);
    }

    /// <summary>
    /// From the gradients of all hidden states h_1..h_T and of the last cell state: adds to those of the parameters, returns those of x
    /// and of the initial state.
    /// </summary>
    public (double[][] DX, double[] DH0, double[] DC0) Backward(double[][] dHidden, double[] dCellLast)
    {
        var dX = new double[X.Length][];
        double[] dH = new double[H], dC = [.. dCellLast];
        for (int t = X.Length - 1; t >= 0; t--)
        {
            for (int j = 0; j < H; j++) dH[j] += dHidden[t][j];
            dX[t] = new double[I];
            (dH, dC) = StepBack(t, dH, dC, dX[t]);
        }
        return (dX, dH, dC);
    }

    protected abstract (double[] H, double[] C) Step(int t);

    protected abstract (double[] DH, double[] DC) StepBack(int t, double[] dH, double[] dC, double[] dX);

    protected double InputSum(int row, double[] x) => Sum(wIh, bIh, row, x);

    protected double HiddenSum(int row, double[] h) => Sum(wHh, bHh, row, h);

    static double Sum(double[] w, double[] b, int row, double[] a)
    {
        double sum = b[row];
        for (int k = 0; k < a.Length; k++) sum += w[row * a.Length + k] * a[k];
        return sum;
    }

    /// <summary>Gradients of <see cref="InputSum"/> and <see cref="HiddenSum"/>.</summary>
    protected void InputSumBack(int row, double d, double[] x, double[] dX) => SumBack(wIh, DWIh, DBIh, row, d, x, dX);

    protected void HiddenSumBack(int row, double d, double[] h, double[] dH) => SumBack(wHh, DWHh, DBHh, row, d, h, dH);

    static void SumBack(double[] w, double[] dW, double[] dB, int row, double d, double[] a, double[] dA)
    {
        dB[row] += d;
        for (int k = 0; k < a.Length; k++)
        {
            dW[row * a.Length + k] += d * a[k];
            dA[k] += d * w[row * a.Length + k];
        }
    }
}
