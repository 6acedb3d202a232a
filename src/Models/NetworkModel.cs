namespace NeuralCore.Models;

/// <summary>A direction model that is a network, trained by mini-batches with early stopping on later rows.</summary>
public abstract record NetworkModel : DirectionModel
{
    /// <summary>At most this many epochs.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>
    /// At most this many optimizer steps an epoch (<see cref="TrainerOptions.StepsPerEpoch"/>); 0: an epoch is a pass. With hundreds of
    /// thousands of rows a network's best moment can lie within its first pass, where nothing else would look for it.
    /// </summary>
    public int StepsPerEpoch { get; init; }

    /// <summary>Training ends after this many epochs without a better validation loss.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Rows of an optimizer step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rate of the first epoch.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Factor of the learning rate from epoch to epoch.</summary>
    public float Decay { get; init; } = 1f;

    /// <summary>
    /// The network for windows (B, T, I) of <paramref name="features"/> = I values a candle. Its outputs (B, O) are, side by side, the
    /// logits of the <see cref="Classes"/>, the magnitude where there is one, and a return for each of the
    /// <see cref="DirectionModel.Horizons"/> in units of its deviation in the training rows.
    /// </summary>
    public abstract Layer Build(int features);

    /// <summary>Numbers of the network for its features: weights, biases and what it keeps beside them. No memory is taken.</summary>
    /// <exception cref="ArgumentException">A weight, or what a layer gives for a shard of rows, is more than an array can hold.</exception>
    public long Size()
    {
        int features = Inputs.Features.Count;
        try
        {
            Layer network = Build(features);
            network.OutputShape(new Shape(Trainer.ShardRows, Window, features));
            return Of(network);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"model {Name}: expected sizes that make a network, got {e.Message}", e);
        }

        static long Of(Layer layer) => layer.Parameters.Concat(layer.Buffers).Sum(p => (long)p.Shape.Count)
            + layer.Children.Sum(child => Of(child.Layer));
    }

    /// <summary>
    /// Logits of the target's direction: 3 for DOWN, NEUTRAL and UP, 2 for DOWN and UP (rows without a move are not trained on), or 0: the
    /// sign of the first forecast return tells the direction.
    /// </summary>
    public virtual int Classes => 3;

    /// <summary>The optimizer.</summary>
    public virtual Optimizer Optimizer() => new Adam(LearningRate);

    /// <summary>What training minimises.</summary>
    public virtual Loss Loss() => new CrossEntropy();

    /// <summary>Whether the network also estimates how large the move will be, in an output after the logits.</summary>
    public virtual bool HasMagnitudeHead => false;

    /// <summary>Half of 1.702: e^(1.702 y) / (1 + e^(1.702 y)) is within 0.01 of Φ(y).</summary>
    internal const float HalfLogistic = 0.851f;

    /// <summary>Column of the first return in the outputs.</summary>
    internal int FirstReturn => Classes + (HasMagnitudeHead ? 1 : 0);

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <summary>Of so many training rows, those that an epoch learns.</summary>
    public long RowsPerEpoch(int rows) => StepsPerEpoch == 0 ? rows : Math.Min(rows, (long)StepsPerEpoch * BatchSize);

    /// <summary>How the trainer runs.</summary>
    public virtual TrainerOptions Training(ulong seed)
        => new() { Epochs = Epochs, StepsPerEpoch = StepsPerEpoch, BatchSize = BatchSize, Seed = seed };

    /// <summary>When training ends and how its learning rate falls: the model keeps the weights of the best epoch.</summary>
    public virtual IReadOnlyList<Callback> Callbacks()
        => [new EarlyStopping(Patience, restoreBest: true), new LearningRateScheduler((epoch, rate) => epoch == 1 ? rate : rate * Decay)];

    /// <inheritdoc/>
    public override Predictor Create() => new NetworkPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings =>
        [.. base.Settings, ("epochs", Epochs), ("steps_per_epoch", StepsPerEpoch), ("patience", Patience), ("batch_size", BatchSize),
            ("learning_rate", Exact(LearningRate)), ("decay", Exact(Decay))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "epochs" => this with { Epochs = Whole(name, value) },
        "steps_per_epoch" => this with { StepsPerEpoch = Whole(name, value, 0) },
        "patience" => this with { Patience = Whole(name, value) },
        "batch_size" => this with { BatchSize = Whole(name, value) },
        "learning_rate" => this with { LearningRate = Positive(name, value) },
        "decay" => this with { Decay = Positive(name, value) },
        _ => base.With(name, value),
    };
}
