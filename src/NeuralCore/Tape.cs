using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore;

/// <summary>
/// What one pass over a model needs: scratch memory, the activations saved for the backward pass, the dropout stream and the gradients.
/// One tape serves one thread; any number of tapes serve one model. Once warm, a pass allocates nothing.
/// </summary>
public sealed class Tape
{
    const int Alignment = 16, FirstBlock = 1 << 14;   // floats; 16 floats are one cache line

    readonly Model model;
    readonly List<float[]> blocks = [];
    int block, used;                                  // the arena: position within blocks
    long taken, peak;                                 // floats of the tensors that live, and their maximum
    (Layer Layer, Tensor Tensor)[] frames = new (Layer, Tensor)[32];
    int depth;
    readonly List<(Layer Layer, Tensor Tensor)> kept = [];
    float[] gradients = [];
    ulong dropoutSeed, dropoutStream;

    internal Tape(Model model) => this.model = model;

    /// <summary>Whether this pass trains: dropout is on and layers save what their backward pass needs.</summary>
    public bool Training { get; private set; }

    /// <summary>
    /// Is shown what layers compute inside, with the layer and a name: <c>gates_l0</c> (B, G, H), <c>gates_l0_reverse</c>, ... of the last
    /// step that a <see cref="RecurrentLayer"/> reads, after their activations, in the order of its parameters; its final states <c>h</c>
    /// (layers·directions, B, H); <c>weights</c> (B, T) of an <see cref="AdditiveAttention"/>. A large batch comes in parts. The tensors
    /// are to be read at once: their memory is used again. Null: nobody looks, and nothing is computed for it.
    /// </summary>
    public Action<Layer, string, Tensor>? Watch { get; set; }

    /// <summary>
    /// Starts a new pass: all tensors of the pass before are given up.
    /// </summary>
    /// <param name="training">Whether a backward pass follows and dropout is on.</param>
    /// <param name="dropoutSeed">Seed of this pass's dropout masks; the same seed gives the same masks.</param>
    public void Begin(bool training, ulong dropoutSeed = 0)
    {
        if (training && model.IsQuantized)
            throw new InvalidOperationException($"{model.Root}: expected a model of floats to train, got a quantised one, "
                + "which is for inference only");
        Training = training;
        (block, used, depth, taken, peak) = (0, 0, 0, 0, 0);
        kept.Clear();
        (this.dropoutSeed, dropoutStream) = (dropoutSeed, 0);
        if (training && gradients.Length == 0) gradients = AlignedArray.New(model.Values.Length);
    }

    /// <summary>Uninitialised memory that lives until the next <see cref="Begin"/>.</summary>
    public Tensor Tensor(params ReadOnlySpan<int> sizes) => Tensor(new Shape(sizes));

    /// <summary>Uninitialised memory that lives until the next <see cref="Begin"/>.</summary>
    public Tensor Tensor(Shape shape)
    {
        int need = (shape.Count + Alignment - 1) & -Alignment;
        while (true)
        {
            if (block == blocks.Count)
                blocks.Add(GC.AllocateUninitializedArray<float>(Math.Max(need, FirstBlock << Math.Min(blocks.Count, 10)) + Alignment,
                    pinned: true));
            float[] memory = blocks[block];
            int start = AlignedArray.Start(memory) + used;
            if (need <= memory.Length - start)   // the sum could overflow
            {
                used += need;
                taken += need;
                peak = Math.Max(peak, taken);
                return new Tensor(memory, start, shape, needsGradient: true);
            }
            (block, used) = (block + 1, 0);
        }
    }

    /// <summary>Zeroed memory that lives until the next <see cref="Begin"/>.</summary>
    public Tensor Zeros(Shape shape)
    {
        Tensor zeros = Tensor(shape);
        zeros.Span.Clear();
        return zeros;
    }

    /// <summary>Uninitialised memory for so many doubles that lives until the next <see cref="Begin"/> or a <see cref="Release"/>.</summary>
    internal ref double Doubles(int count) => ref Unsafe.As<float, double>(ref Tensor(checked(2 * count)).Ref);

    /// <summary>Marks a position in the scratch memory; <see cref="Release"/> gives up everything made after it.</summary>
    internal (int Block, int Used, long Taken) Mark() => (block, used, taken);

    internal void Release((int Block, int Used, long Taken) mark) => (block, used, taken) = mark;

    /// <summary>What <see cref="Model.Predict"/> cuts large batches with.</summary>
    internal RowShards Shards { get; } = new();

    /// <summary>Memory of the tensors of this pass, where they were most.</summary>
    internal long PeakBytes => sizeof(float) * peak;

    /// <summary>Saves a tensor for <paramref name="layer"/>'s backward pass; does nothing when not training.</summary>
    public void Push(Layer layer, Tensor tensor)
    {
        if (!Training) return;
        if (depth == frames.Length) Array.Resize(ref frames, 2 * depth);
        frames[depth++] = (layer, tensor);
    }

    /// <summary>Takes back the tensor that <paramref name="layer"/> saved last.</summary>
    /// <exception cref="InvalidOperationException">Nothing was saved, or another layer saved it.</exception>
    public Tensor Pop(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (depth == 0)
            throw new InvalidOperationException($"{layer}: expected a tensor on the tape, got none (Backward without a training Forward?)");
        (Layer owner, Tensor tensor) = frames[--depth];
        return owner == layer ? tensor
            : throw new InvalidOperationException($"{layer}: expected its own tensor on the tape, got one of {owner} (pushes and pops must "
                + "mirror each other)");
    }

    /// <summary>
    /// Keeps what <paramref name="layer"/> will need to move its buffers after this pass; does nothing when not training.
    /// </summary>
    public void Keep(Layer layer, Tensor tensor)
    {
        if (Training) kept.Add((layer, tensor));
    }

    /// <summary>
    /// Lets the layers move their buffers (running statistics) by what this pass kept for them. Called after a training step, when no pass
    /// runs on the model; the tapes of several shards one after the other, in the order of the shards.
    /// </summary>
    public void Commit()
    {
        foreach ((Layer layer, Tensor tensor) in kept) layer.UpdateBuffers(tensor);
        kept.Clear();
    }

    /// <summary>The gradient of a parameter, to be added to with +=.</summary>
    /// <exception cref="InvalidOperationException">The parameter belongs to another model, or the tape has begun no training
    /// pass.</exception>
    public Span<float> Gradient(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (parameter.Bound() != model)
            throw new InvalidOperationException($"parameter '{parameter.Name}' belongs to another model than this tape");
        if (gradients.Length == 0)
            throw new InvalidOperationException($"parameter '{parameter.Name}': this tape has no gradients before Begin(training: true)");
        return gradients.AsSpan(AlignedArray.Start(gradients) + parameter.Start, parameter.Shape.Count);
    }

    /// <summary>Gradients of all parameters in the order of <see cref="Model.Values"/>.</summary>
    public Span<float> Gradients => gradients.Length == 0 ? [] : gradients.AsSpan(AlignedArray.Start(gradients), model.Values.Length);

    /// <summary>Random numbers for one dropout mask; each call within a pass gives another stream.</summary>
    public CounterRandom DropoutRandom() => new(dropoutSeed, dropoutStream++);

    /// <summary>Requires that every saved tensor was taken back.</summary>
    /// <exception cref="InvalidOperationException">A layer left a tensor on the tape.</exception>
    public void End()
    {
        if (depth != 0)
            throw new InvalidOperationException($"{frames[depth - 1].Layer}: left {depth} tensor(s) on the tape (pushes and pops must "
                + "mirror each other)");
    }
}

/// <summary>Pinned arrays whose first used element lies on a cache line, so that 64-byte vectors never straddle two.</summary>
static class AlignedArray
{
    const int Line = 16;

    internal static float[] New(int count) => GC.AllocateArray<float>(count + Line, pinned: true);

    /// <summary>The elements that <see cref="New"/> was asked for.</summary>
    internal static Span<float> All(float[] pinned) => pinned.AsSpan(Start(pinned), pinned.Length - Line);

    /// <summary>The first element on a cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ref float First(float[] pinned) => ref pinned[Start(pinned)];

    /// <summary>Index of the first element on a cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe int Start(float[] pinned)
    {
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return (int)(-(address >> 2)) & (Line - 1);
    }
}
