using System.IO.Enumeration;

namespace NeuralCore;

/// <summary>
/// A layer with everything below it, its parameters named as PyTorch names them, laid out in one contiguous buffer and initialised.
/// Any number of threads may predict with one model at the same time, each with its own <see cref="NeuralCore.Tape"/>.
/// </summary>
public sealed partial class Model
{
    readonly float[] values;
    readonly int start;
    readonly Parameter[] parameters, buffers;
    readonly Layer[] layers;

    /// <summary>Names and lays out the parameters of <paramref name="root"/> and initialises them from <paramref name="seed"/>.</summary>
    /// <exception cref="InvalidOperationException">A layer occurs twice or belongs to another model, or two parameters have one
    /// name.</exception>
    public Model(Layer root, ulong seed) : this(new Naming(root), model => model.Initialise(seed)) { }

    /// <summary>
    /// Lays out what was named and lets <paramref name="fill"/> write the values. If that fails, the layers are free again.
    /// </summary>
    Model(Naming named, Action<Model> fill)
    {
        Root = named.Layers[0].Layer;
        layers = [.. named.Layers.Select(l => l.Layer)];
        NeedsWholeBatch = layers.Any(layer => layer.NeedsWholeBatch);
        IsQuantized = named.IsInt8;
        parameters = [.. named.Parameters.Select(p => p.Parameter)];
        buffers = [.. named.Buffers.Select(b => b.Parameter)];
        long count = parameters.Concat(buffers).Sum(p => (long)p.Shape.Count);
        if (count > Shape.MaxCount) throw new ArgumentException($"model: expected at most {Shape.MaxCount} values, got {count}");
        values = AlignedArray.New((int)count);
        start = AlignedArray.Start(values);
        Count = parameters.Sum(p => p.Shape.Count);
        named.Bind(this);
        try
        {
            fill(this);
            ParametersChanged();
        }
        catch
        {
            named.Unbind();
            throw;
        }
    }

    void Initialise(ulong seed)
    {
        ulong stream = 0;
        foreach (Parameter parameter in parameters.Concat(buffers))
        {
            var random = new CounterRandom(seed, stream++);
            parameter.Initializer.Fill(parameter.Value, parameter.Shape, ref random);
        }
    }

    /// <summary>The outermost layer.</summary>
    public Layer Root { get; }

    /// <summary>All parameters in layout order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Numbers that belong to the model but are not trained, for example running statistics.</summary>
    public IReadOnlyList<Parameter> Buffers => buffers;

    /// <summary><see cref="Values"/> and then all buffers: what a copy of the model consists of.</summary>
    public Span<float> State => AlignedArray.All(values);

    /// <summary>All parameter values in one buffer. Whoever writes here calls <see cref="ParametersChanged"/>.</summary>
    public Span<float> Values => values.AsSpan(start, Count);

    /// <summary>Number of trainable values.</summary>
    public int Count { get; }

    /// <summary>Whether one of the layers does; see <see cref="Layer.NeedsTwoRows"/>.</summary>
    internal bool NeedsTwoRows => layers.Any(layer => layer.NeedsTwoRows);

    /// <summary>A tape for one thread.</summary>
    public Tape Tape() => new(this);

    /// <summary>
    /// Keeps optimizers from changing the parameters whose names match, for example <c>encoder.*</c>, and layers from moving matching
    /// buffers (see <see cref="BatchNorm1d"/>); returns the number of both.
    /// </summary>
    /// <param name="pattern">A name in which * stands for any characters and ? for one.</param>
    /// <exception cref="ArgumentException">No parameter or buffer matches.</exception>
    public int Freeze(string pattern) => SetFrozen(pattern, true);

    /// <summary>
    /// Takes <see cref="Freeze"/> back for the parameters and buffers whose names match; returns their number. An optimizer that has run
    /// before goes on with its count of steps for the new parameters too (the bias correction of Adam is that of a later step), unlike
    /// PyTorch's, which counts for each parameter; take a new optimizer to begin anew.
    /// </summary>
    /// <exception cref="ArgumentException">No parameter or buffer matches.</exception>
    public int Unfreeze(string pattern) => SetFrozen(pattern, false);

    int SetFrozen(string pattern, bool frozen)
    {
        Parameter[] matching = Matching(pattern, [.. parameters, .. buffers]);
        foreach (Parameter parameter in matching) parameter.Frozen = frozen;
        return matching.Length;
    }

    /// <summary>The parameters whose names match a pattern with * and ?, at least one.</summary>
    internal IReadOnlyList<Parameter> Matching(string pattern) => Matching(pattern, parameters);

    static Parameter[] Matching(string pattern, IReadOnlyList<Parameter> among)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        Parameter[] matching = [.. among.Where(p => FileSystemName.MatchesSimpleExpression(pattern, p.Name, ignoreCase: false))];
        return matching.Length > 0 ? matching
            : throw new ArgumentException($"model: expected parameters that match '{pattern}', "
                + $"got none among {string.Join(", ", among.Select(p => p.Name))}");
    }

    /// <summary>Whether one of the layers does; see <see cref="Layer.NeedsWholeBatch"/>.</summary>
    internal bool NeedsWholeBatch { get; }

    /// <summary>Tells all layers that parameter values were written, so that they pack their weights anew.</summary>
    public void ParametersChanged()
    {
        foreach (Layer layer in layers) layer.ParametersChanged();
    }

    /// <summary>
    /// Runs the model without training. The result lives until the tape is used again. Many rows run some at a time, so that activations
    /// stay in cache: what a row gives depends on that row alone, unless a layer says otherwise (<see cref="Layer.NeedsWholeBatch"/>).
    /// <see cref="InferenceSession"/> does the same on several threads.
    /// </summary>
    public Tensor Predict(Tensor x, Tape tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        try
        {
            tape.Shards.Cut(this, x);
            tape.Shards.Run(tape);
            return tape.Shards.Join(this, x, tape);
        }
        finally
        {
            tape.Shards.Release();
        }
    }
}
