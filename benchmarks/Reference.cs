namespace NeuralCore.Benchmarks;

/// <summary>The layers' mathematics in double on the parameters of a model, for one window x of T steps, written as plainly as possible.</summary>
sealed class Reference
{
    readonly Dictionary<string, double[]> values;

    public Reference(Model model) => values = model.Parameters.ToDictionary(p => p.Name, p => p.Value.ToArray().Select(v => (double)v).ToArray());

    /// <summary>Values of the named parameter, to be changed at will.</summary>
    public double[] this[string name] => values[name];

    /// <summary>z = W_ih·x_t + b_ih + W_hh·h + b_hh,  c = σ(z_f)·c + σ(z_i)·tanh(z_g),  h = σ(z_o)·tanh(c).   Returns h of every step.</summary>
    public double[][] Lstm(string layer, double[][] x, string suffix = "")
    {
        double[] wIh = this[$"{layer}.weight_ih_l0{suffix}"], wHh = this[$"{layer}.weight_hh_l0{suffix}"];
        double[] bIh = this[$"{layer}.bias_ih_l0{suffix}"], bHh = this[$"{layer}.bias_hh_l0{suffix}"];
        int H = bIh.Length / 4;
        double[] h = new double[H], c = new double[H];
        return [.. x.Select(step =>
        {
            double[] a = Product(wIh, step, bIh), b = Product(wHh, h, bHh), next = new double[H];
            for (int j = 0; j < H; j++)
            {
                double Z(int gate) => a[gate * H + j] + b[gate * H + j];
                c[j] = Sigmoid(Z(1)) * c[j] + Sigmoid(Z(0)) * Math.Tanh(Z(2));
                next[j] = Sigmoid(Z(3)) * Math.Tanh(c[j]);
            }
            return h = next;
        })];
    }

    /// <summary>The same for the second direction, which reads from the end; h stands at the step that was read.</summary>
    public double[][] LstmReversed(string layer, double[][] x) => [.. Lstm(layer, [.. x.Reverse()], "_reverse").Reverse()];

    /// <summary>W·x + b.</summary>
    public double[] Dense(string layer, double[] x) => Product(this[layer + ".weight"], x, this[layer + ".bias"]);

    /// <summary>Σ_t a_t·x_t,  a = softmax_t(v·tanh(W·x_t + b)).</summary>
    public double[] Attention(string layer, double[][] x)
    {
        double[] v = this[layer + ".v"], e = [.. x.Select(step => Math.Exp(Dense(layer, step).Zip(v, (q, w) => w * Math.Tanh(q)).Sum()))];
        double total = e.Sum();
        return [.. Enumerable.Range(0, x[0].Length).Select(j => x.Zip(e, (step, weight) => weight / total * step[j]).Sum())];
    }

    /// <summary>max(x, 0)∘mask; an empty mask is off.</summary>
    public static double[] ReluDropout(double[] x, double[] mask) => [.. x.Select((v, j) => Math.Max(v, 0) * (mask.Length == 0 ? 1 : mask[j]))];

    /// <summary>-log softmax(y)_t.</summary>
    public static double CrossEntropy(double[] y, int t) => Math.Log(y.Sum(v => Math.Exp(v - y[t])));

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    static double[] Product(double[] w, double[] x, double[] b)
    {
        var y = new double[b.Length];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = b[row];
            for (int k = 0; k < x.Length; k++) y[row] += w[row * x.Length + k] * x[k];
        }
        return y;
    }
}
