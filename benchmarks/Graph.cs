using System.Numerics.Tensors;

namespace NeuralCore.Benchmarks;

/// <summary>A matrix in a graph of computations in double; a sequence batch (B, T, F) is one of B·T rows.</summary>
sealed class Node(int rows, int columns, double[] value)
{
    double[]? gradient;

    public int Rows => rows;
    public int Columns => columns;
    public double[] Value => value;
    public double[] Gradient => gradient ??= new double[value.Length];
    public Span<double> Row(int row) => value.AsSpan(row * columns, columns);
    public Span<double> GradientRow(int row) => Gradient.AsSpan(row * columns, columns);
}

/// <summary>
/// Matrix operations in double, written as plainly as possible. Each says beside its values how gradients run back through it, so that
/// the whole runs backward from the last operation to the first.
/// </summary>
class Graph
{
    readonly List<Action> back = [];

    /// <summary>A matrix that is given.</summary>
    public static Node Input(ReadOnlySpan<float> values, int columns)
    {
        var x = new double[values.Length];
        for (int i = 0; i < x.Length; i++) x[i] = values[i];
        return new Node(values.Length / columns, columns, x);
    }

    /// <summary>Runs backward from the gradients that results were given.</summary>
    public void Backward()
    {
        for (int i = back.Count - 1; i >= 0; i--) back[i]();
    }

    /// <summary>a·bᵀ.</summary>
    public Node Product(Node a, Node b)
    {
        Node y = Make(a.Rows, b.Rows, y =>
        {
            for (int m = 0; m < a.Rows; m++)
                for (int n = 0; n < b.Rows; n++)
                {
                    double d = y.GradientRow(m)[n];
                    TensorPrimitives.MultiplyAdd(b.Row(n), d, a.GradientRow(m), a.GradientRow(m));
                    TensorPrimitives.MultiplyAdd(a.Row(m), d, b.GradientRow(n), b.GradientRow(n));
                }
        });
        for (int m = 0; m < a.Rows; m++)
            for (int n = 0; n < b.Rows; n++) y.Row(m)[n] = TensorPrimitives.Dot<double>(a.Row(m), b.Row(n));
        return y;
    }

    /// <summary>a + b; rows of b repeat where it is the shorter.</summary>
    public Node Add(Node a, Node b)
    {
        int n = b.Value.Length;
        Node y = Make(a.Rows, a.Columns, y =>
        {
            AddTo(y.Gradient, a.Gradient);
            for (int i = 0; i < y.Value.Length; i += n) AddTo(y.Gradient.AsSpan(i, n), b.Gradient);
        });
        for (int i = 0; i < y.Value.Length; i += n) TensorPrimitives.Add(a.Value.AsSpan(i, n), b.Value, y.Value.AsSpan(i, n));
        return y;
    }

    /// <summary>a∘b; rows of b repeat where it is the shorter.</summary>
    public Node Times(Node a, Node b)
    {
        int n = b.Value.Length;
        Node y = Make(a.Rows, a.Columns, y =>
        {
            for (int i = 0; i < y.Value.Length; i += n)
            {
                Span<double> dY = y.Gradient.AsSpan(i, n), dA = a.Gradient.AsSpan(i, n);
                TensorPrimitives.MultiplyAdd<double>(dY, b.Value, dA, dA);
                TensorPrimitives.MultiplyAdd<double>(dY, a.Value.AsSpan(i, n), b.Gradient, b.Gradient);
            }
        });
        for (int i = 0; i < y.Value.Length; i += n) TensorPrimitives.Multiply(a.Value.AsSpan(i, n), b.Value, y.Value.AsSpan(i, n));
        return y;
    }

    public Node Scale(Node x, double factor) => Map(x, v => factor * v, (_, _) => factor);
    public Node Relu(Node x) => Map(x, v => Math.Max(v, 0), (v, _) => v > 0 ? 1 : 0);
    public Node Tanh(Node x) => Map(x, Math.Tanh, (_, y) => 1 - y * y);
    public Node Sigmoid(Node x) => Map(x, v => 1 / (1 + Math.Exp(-v)), (_, y) => y * (1 - y));

    /// <summary>f of each element; <paramref name="slope"/> of x and f(x).</summary>
    Node Map(Node x, Func<double, double> f, Func<double, double, double> slope)
    {
        Node y = Make(x.Rows, x.Columns, y =>
        {
            for (int i = 0; i < x.Value.Length; i++) x.Gradient[i] += y.Gradient[i] * slope(x.Value[i], y.Value[i]);
        });
        for (int i = 0; i < x.Value.Length; i++) y.Value[i] = f(x.Value[i]);
        return y;
    }

    /// <summary>Softmax over each row.</summary>
    public Node Softmax(Node x)
    {
        Node y = Make(x.Rows, x.Columns, y =>
        {
            for (int row = 0; row < x.Rows; row++)
            {
                double mean = TensorPrimitives.Dot<double>(y.Row(row), y.GradientRow(row));
                for (int j = 0; j < x.Columns; j++) x.GradientRow(row)[j] += y.Row(row)[j] * (y.GradientRow(row)[j] - mean);
            }
        });
        for (int row = 0; row < x.Rows; row++) TensorPrimitives.SoftMax<double>(x.Row(row), y.Row(row));
        return y;
    }

    /// <summary>(x - μ) / √(v + 1e-5) over each row.</summary>
    public Node Normalize(Node x)
    {
        int n = x.Columns;
        var inverse = new double[x.Rows];
        Node y = Make(x.Rows, n, y =>
        {
            for (int row = 0; row < x.Rows; row++)
            {
                ReadOnlySpan<double> d = y.GradientRow(row), hat = y.Row(row);
                double mean = TensorPrimitives.Sum(d) / n, along = TensorPrimitives.Dot(d, hat) / n;
                for (int j = 0; j < n; j++) x.GradientRow(row)[j] += inverse[row] * (d[j] - mean - along * hat[j]);
            }
        });
        for (int row = 0; row < x.Rows; row++)
        {
            double mean = TensorPrimitives.Sum<double>(x.Row(row)) / n, variance = 0;
            foreach (double v in x.Row(row)) variance += (v - mean) * (v - mean) / n;
            inverse[row] = 1 / Math.Sqrt(variance + 1e-5);
            for (int j = 0; j < n; j++) y.Row(row)[j] = (x.Row(row)[j] - mean) * inverse[row];
        }
        return y;
    }

    /// <summary>Step t of every row of a sequence batch.</summary>
    public Node Step(Node x, int steps, int t) => Take(x, x.Rows / steps, x.Columns, t * x.Columns, steps * x.Columns);
    public Node Columns(Node x, int first, int count) => Take(x, x.Rows, count, first, x.Columns);
    public Node Rows(Node x, int first, int count) => Take(x, count, x.Columns, first * x.Columns, x.Columns);
    public Node Reshape(Node x, int rows, int columns) => Take(x, rows, columns, 0, columns);

    /// <summary>Rows of the result from x's values at <paramref name="first"/> on, <paramref name="stride"/> apart.</summary>
    Node Take(Node x, int rows, int columns, int first, int stride)
    {
        Node y = Make(rows, columns, y =>
        {
            for (int row = 0; row < rows; row++) AddTo(y.GradientRow(row), x.Gradient.AsSpan(first + row * stride, columns));
        });
        for (int row = 0; row < rows; row++) x.Value.AsSpan(first + row * stride, columns).CopyTo(y.Row(row));
        return y;
    }

    public Node Transpose(Node x)
    {
        Node y = Make(x.Columns, x.Rows, y =>
        {
            for (int i = 0; i < y.Value.Length; i++) x.GradientRow(i % x.Rows)[i / x.Rows] += y.Gradient[i];
        });
        for (int i = 0; i < y.Value.Length; i++) y.Value[i] = x.Row(i % x.Rows)[i / x.Rows];
        return y;
    }

    /// <summary>One below the other.</summary>
    public Node Stack(params IReadOnlyList<Node> parts)
    {
        int n = parts[0].Columns;
        Node side = Concat([.. parts.Select(p => Reshape(p, 1, p.Value.Length))]);
        return Reshape(side, side.Columns / n, n);
    }

    /// <summary>Side by side.</summary>
    public Node Concat(params IReadOnlyList<Node> parts)
    {
        Node y = Make(parts[0].Rows, parts.Sum(p => p.Columns), y =>
        {
            foreach ((Node part, Range place) in Places())
                for (int row = 0; row < y.Rows; row++) AddTo(y.GradientRow(row)[place], part.GradientRow(row));
        });
        foreach ((Node part, Range place) in Places())
            for (int row = 0; row < y.Rows; row++) part.Row(row).CopyTo(y.Row(row)[place]);
        return y;

        IEnumerable<(Node Part, Range Place)> Places()
        {
            int first = 0;
            foreach (Node part in parts) yield return (part, first..(first += part.Columns));
        }
    }

    Node Make(int rows, int columns, Action<Node> back)
    {
        var y = new Node(rows, columns, new double[rows * columns]);
        this.back.Add(() => back(y));
        return y;
    }

    protected static void AddTo(ReadOnlySpan<double> x, Span<double> sum) => TensorPrimitives.Add(sum, x, sum);
}
