using NeuralCore.Kernels;

namespace NeuralCore;

public abstract partial class Activation
{
    /// <summary>
    /// eˣ / Σ eˣ along one axis, by default the last; a negative axis counts from the end. See <see cref="LogSoftmax"/> for lengths.
    /// </summary>
    public static Activation Softmax(int axis = -1) => new AlongAxis(axis, log: false);

    /// <summary>
    /// x - log Σ eˣ along one axis, by default the last; a negative axis counts from the end. Along the time of sequences with lengths only
    /// the valid steps count and the outputs past them are 0. Along the batch axis the rows of a batch are mixed.
    /// </summary>
    public static Activation LogSoftmax(int axis = -1) => new AlongAxis(axis, log: true);

    /// <summary>
    /// An input is taken as (outer, n, inner) with n values along the axis; sums are taken in double, in ascending order.
    /// </summary>
    sealed class AlongAxis : Activation
    {
        readonly int axis;
        readonly bool log;

        internal AlongAxis(int axis, bool log)
        {
            if (axis is < -4 or > 3) throw new ArgumentOutOfRangeException(nameof(axis), axis, "Activation: expected an axis from -4 to 3");
            (this.axis, this.log) = (axis, log);
        }

        protected internal override LayerConfig Describe()
            => new LayerConfig(nameof(Activation)).Set("function", log ? "logSoftmax" : "softmax").Set("axis", axis);

        public override Shape OutputShape(Shape input) => axis >= -input.Rank && axis < input.Rank ? input
            : throw ShapeError($"input with an axis {axis}", input);

        /// <summary>
        /// The axis may be the batch: it is if it is the first, or counted from the end that of an input with so many axes.
        /// </summary>
        protected internal override bool NeedsWholeBatch => axis is 0 or < -1;

        public override Tensor Forward(Tensor x, Tape tape)
        {
            Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
            if (x.HasLengths && Axis(x) == 0)
                throw new ArgumentException($"{this}: expected an input without lengths, because axis {axis} is the batch, "
                    + $"got {x.Shape} with lengths");
            (int outer, int size, int inner) = Split(x);
            Tensor scratch = log ? tape.Tensor(size * inner) : default;
            for (int o = 0; o < outer; o++)
            {
                int n = Valid(x, o, size), count = n * inner;
                ReadOnlySpan<float> xs = x.Span.Slice(o * size * inner, count);
                Span<float> ys = y.Span.Slice(o * size * inner, size * inner);
                ys[count..].Clear();
                ys = ys[..count];
                for (int i = 0; i < inner; i++)
                {
                    float largest = float.NegativeInfinity;
                    for (int k = i; k < count; k += inner) largest = xs[k] > largest || float.IsNaN(xs[k]) ? xs[k] : largest;
                    for (int k = i; k < count; k += inner) ys[k] = xs[k] - largest;
                }
                Span<float> e = log ? scratch.Span[..count] : ys;
                Functions.Apply<Exp>(ys, e);
                for (int i = 0; i < inner; i++)
                {
                    double sum = 0;
                    for (int k = i; k < count; k += inner) sum += e[k];
                    (double scale, double shift) = log ? (1.0, -ScalarMath.Log(sum)) : (1 / sum, 0.0);
                    for (int k = i; k < count; k += inner) ys[k] = (float)(ys[k] * scale + shift);
                }
            }
            tape.Push(this, x);
            tape.Push(this, y);
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            Tensor y = tape.Pop(this), x = tape.Pop(this);
            RequireGradient(dY, x.Shape);
            if (!x.NeedsGradient) return default;
            (int outer, int size, int inner) = Split(x);
            Tensor dX = tape.Zeros(x.Shape);
            for (int o = 0; o < outer; o++)
            {
                int n = Valid(x, o, size), start = o * size * inner, count = n * inner;
                ReadOnlySpan<float> ys = y.Span.Slice(start, count), dYs = dY.Span.Slice(start, count);
                Span<float> dXs = dX.Span.Slice(start, count);
                if (log) Functions.Apply<Exp>(ys, dXs);
                for (int i = 0; i < inner; i++)
                    if (log) LogGradient(dYs, dXs, i, inner);
                    else Gradient(ys, dYs, dXs, i, inner);
            }
            return dX;
        }

        /// <summary>dX = y∘(dY - Σ y∘dY / Σ y); Σ y is 1 but for rounding, which so cancels.</summary>
        static void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> dY, Span<float> dX, int first, int stride)
        {
            double sum = 0, along = 0;
            for (int k = first; k < y.Length; k += stride)
            {
                sum += y[k];
                along += (double)y[k] * dY[k];
            }
            double mean = along / sum;
            for (int k = first; k < y.Length; k += stride) dX[k] = (float)(y[k] * (dY[k] - mean));
        }

        /// <summary>dX = dY - eʸ·Σ dY, with eʸ in dX before.</summary>
        static void LogGradient(ReadOnlySpan<float> dY, Span<float> dX, int first, int stride)
        {
            double sum = 0;
            for (int k = first; k < dY.Length; k += stride) sum += dY[k];
            for (int k = first; k < dY.Length; k += stride) dX[k] = (float)(dY[k] - dX[k] * sum);
        }

        int Axis(Tensor x) => axis < 0 ? axis + x.Shape.Rank : axis;

        int Valid(Tensor x, int outer, int size) => x.HasLengths && Axis(x) == 1 ? x.Lengths[outer] : size;

        (int Outer, int Size, int Inner) Split(Tensor x)
        {
            (int outer, int inner) = (1, 1);
            for (int a = 0; a < x.Shape.Rank; a++)
                if (a < Axis(x)) outer *= x.Shape[a];
                else if (a > Axis(x)) inner *= x.Shape[a];
            return (outer, x.Shape[axis], inner);
        }

        internal override string TypeName => log ? "LogSoftmax" : "Softmax";
    }
}
