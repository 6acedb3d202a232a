using NeuralCore.Kernels;

namespace NeuralCore;

public sealed partial class Model
{
    /// <summary>Whether weights are int8; see <see cref="Quantize"/>.</summary>
    public bool IsQuantized { get; }

    /// <summary>
    /// The same layers with int8 weights, for inference only: those of <see cref="Dense"/>, <see cref="Lstm"/>, <see cref="Gru"/> and the
    /// projections of <see cref="AdditiveAttention"/> and <see cref="MultiHeadAttention"/>, also inside other layers, and the table of
    /// <see cref="LearnedPositions"/>. Everything else stays float32.
    /// <code>
    /// w ≈ scale·v     scale = max|w| / 127 of a row of W, an output, or of a whole table; v from -127 to 127
    /// x ≈ s·q         the same for each row and step of an input while the model runs, in a recurrent layer for x_t and for h_(t-1)
    /// y = b + (Σ q·v)·s·scale
    /// </code>
    /// Sums are exact, so a row's result depends neither on the instruction set nor on its batch. <see cref="Save"/> writes the whole
    /// numbers as I8 and all scales as <c>int8_scales</c>, which makes a large model's file a quarter; <see cref="FromFile"/> reads it.
    /// </summary>
    /// <exception cref="NotSupportedException">A layer does not describe itself (<see cref="Layer.Describe"/>), from which the copy is
    /// made.</exception>
    /// <exception cref="InvalidOperationException">The model is quantised already, has no such weights, or weights that are not
    /// finite.</exception>
    public Model Quantize()
    {
        if (IsQuantized) throw new InvalidOperationException($"{Root}: expected a model of floats to quantise, got a quantised one");
        Layer copy = ModelFolder.Read(ModelFolder.Describe(this, new Dictionary<string, string>()), ModelFolder.Config,
            parameters.Length, out _);
        var named = new Naming(copy, int8: true);
        if (!named.IsInt8) throw new InvalidOperationException($"{Root}: expected weights that can be int8, got none");
        return new Model(named, model =>
        {
            foreach ((Parameter from, Parameter to) in parameters.Concat(buffers)
                .Zip(model.parameters.Concat(model.buffers)))   // the scales are last
                if (to.IsInt8) Round(from, to);
                else from.Value.CopyTo(to.Value);
        });
    }

    static void Round(Parameter from, Parameter to)
    {
        Span<float> scales = to.Scales;
        var bytes = new byte[to.Value.Length];
        (int rows, int columns) = (scales.Length, bytes.Length / scales.Length);
        Int8.Quantize(rows, columns, ref from.Value[0], columns, ref bytes[0], columns, ref scales[0]);
        if (scales.ContainsAnyExceptInRange(0, float.MaxValue))
            throw new InvalidOperationException($"'{from.Name}': expected finite weights to quantise, got a row with others");
        for (int i = 0; i < bytes.Length; i++) to.Value[i] = bytes[i] - Int8.Zero;
    }
}
