namespace NeuralCore;

/// <summary>
/// Turns gradients into new parameter values, in one pass over the model's contiguous buffer. An optimizer keeps its state from step to
/// step and so belongs to one model.
/// </summary>
/// <remarks>
/// An optimizer of your own declares its state in the constructor (<see cref="Array"/>, <see cref="Number"/>), which makes it part of
/// <see cref="State"/>, and writes <see cref="Update"/>. Steps are counted for the whole model: parameters that were frozen and are
/// trained later get the correction of the step that the model is at.
/// </remarks>
public abstract class Optimizer
{
    readonly List<StateArray> arrays = [];
    readonly List<StateNumber> numbers = [];
    readonly StateNumber rate, steps;
    readonly StateNumber? momentum;
    readonly double weightDecay;
    readonly IReadOnlyList<ParameterGroup> groups = [];
    int? count;                     // values of the model, known from the first step or a state
    Model? assigned;                // the model that groupOf was made for
    ParameterGroup?[] groupOf = [];

    /// <summary>An optimizer that starts with the given step size.</summary>
    /// <param name="learningRate">Step size η, finite and at least 0.</param>
    /// <param name="weightDecay">Weight decay λ, finite and at least 0.</param>
    /// <param name="momentum">μ or β₁ in [0, 1), which <see cref="Momentum"/> may change; null if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting lies outside its range.</exception>
    protected Optimizer(float learningRate, double weightDecay = 0, double? momentum = null)
    {
        rate = Number("lr", Positive(learningRate, nameof(learningRate)));
        steps = Number("step", 0, 1L << 53);
        this.weightDecay = Positive(weightDecay, nameof(weightDecay));
        if (momentum is double value) this.momentum = Number("momentum", Decay(value, nameof(momentum)), Math.BitDecrement(1.0));
    }

    /// <summary>Step size η, finite and at least 0; schedules change it between steps, for example <c>LearningRate *= 0.95f</c>.</summary>
    public float LearningRate { get => (float)rate.Value; set => rate.Value = Positive(value, nameof(value)); }

    /// <summary>Whether there is a <see cref="Momentum"/> that may be changed.</summary>
    public bool HasMomentum => momentum is not null;

    /// <summary>μ of <see cref="Sgd"/> and <see cref="RMSprop"/>, β₁ of the Adams; 0 without. One-cycle schedules change it.</summary>
    /// <exception cref="InvalidOperationException">The optimizer was constructed without momentum.</exception>
    public double Momentum
    {
        get => momentum?.Value ?? 0;
        set
        {
            if (momentum is null)
                throw new InvalidOperationException($"{GetType().Name}: expected an optimizer with momentum to change, "
                    + "got one constructed without");
            if (Decay(value, nameof(value)) == momentum.Value) return;
            momentum.Value = value;
            MomentumChanged();
        }
    }

    /// <summary>Whether steps go up the gradient instead of down.</summary>
    public bool Maximize { get; init; }

    /// <summary>Parameters with settings of their own; the first group that matches a name wins.</summary>
    public IReadOnlyList<ParameterGroup> Groups
    {
        get => groups;
        init
        {
            groups = [.. value];
            foreach (ParameterGroup group in groups) group.Validate();
        }
    }

    /// <summary>Settings that stay as they are, by name, beside the numbers of <see cref="State"/>:
    /// what a <see cref="Checkpoint"/> compares before a training goes on.</summary>
    public virtual IEnumerable<(string Name, double Value)> Settings =>
    [
        ("weight decay", weightDecay), ("maximize", Maximize ? 1 : 0),
        .. groups.SelectMany((group, i) => ((string, double)[])
            [($"rate factor of group {i}, {group.Pattern},", group.RateFactor),
                ($"weight decay of group {i}, {group.Pattern},", group.WeightDecay ?? weightDecay)]),
    ];

    /// <summary>
    /// A copy of everything that later steps depend on; setting it, on an optimizer with the same settings, makes them the steps that
    /// the copied optimizer would take, bit for bit.
    /// </summary>
    /// <exception cref="ArgumentException">The state is of another kind of optimizer or model; nothing has changed.</exception>
    public OptimizerState State
    {
        get => new(
            new OrderedDictionary<string, float[]>(Held(steps.Value).Select(a => KeyValuePair.Create(a.Name, a.All.ToArray()))),
            new OrderedDictionary<string, double>(numbers.Select(n => KeyValuePair.Create(n.Name, n.Value))));
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            RequireFitting(value);
            foreach (StateNumber number in numbers) number.Value = value.Numbers[number.Name];
            count = value.Arrays.Count == 0 ? null : value.Arrays.Values.First().Length;
            if (count is not int length) return;
            foreach (StateArray array in arrays)
            {
                array.Allocate(length);
                value.Arrays[array.Name].CopyTo(array.All);
            }
        }
    }

    /// <summary>Number of steps taken, t of the formulas: 1 in the first <see cref="Advance"/>.</summary>
    protected long StepCount => (long)steps.Value;

    /// <summary>Updates the parameters that are not frozen, and tells the model so.</summary>
    /// <param name="model">The model whose values are updated.</param>
    /// <param name="gradients">A gradient for every one of <see cref="Model.Values"/>, in that order.</param>
    /// <exception cref="ArgumentException">The number of gradients or of values does not fit, or a group matches no parameter.</exception>
    public void Step(Model model, ReadOnlySpan<float> gradients)
    {
        ArgumentNullException.ThrowIfNull(model);
        Span<float> values = model.Values;
        if (model != assigned) Assign(model);
        Begin(values, gradients);
        IReadOnlyList<Parameter> parameters = model.Parameters;
        for (int first = 0, next = 1; first < parameters.Count; first = next++)
        {
            if (Rests(first)) continue;
            while (next < parameters.Count && groupOf[next] == groupOf[first] && !Rests(next)) next++;
            int start = parameters[first].Start, end = parameters[next - 1].Start + parameters[next - 1].Shape.Count;
            Update(new Segment(values[start..end], gradients[start..end], start, rate.Value * (groupOf[first]?.RateFactor ?? 1),
                groupOf[first]?.WeightDecay ?? weightDecay, Maximize));
        }
        model.ParametersChanged();

        bool Rests(int i) => parameters[i].Frozen || groupOf[i] is { RateFactor: 0 };
    }

    /// <summary>The step without a model: no groups, nothing frozen.</summary>
    internal void Step(Span<float> values, ReadOnlySpan<float> gradients)
    {
        Begin(values, gradients);
        Update(new Segment(values, gradients, 0, rate.Value, weightDecay, Maximize));
    }

    /// <summary>Declares a number for every parameter value.</summary>
    protected StateArray Array(string name, float initial = 0)
    {
        arrays.Add(new StateArray(name, initial));
        return arrays[^1];
    }

    /// <summary>Declares one number, in [0, <paramref name="most"/>].</summary>
    protected StateNumber Number(string name, double initial, double most = double.MaxValue)
    {
        numbers.Add(new StateNumber(name, most) { Value = initial });
        return numbers[^1];
    }

    /// <summary>Called once a step, before the updates: the place to move counters and powers on.</summary>
    protected virtual void Advance() { }

    /// <summary>Called after <see cref="Momentum"/> got another value.</summary>
    protected virtual void MomentumChanged() { }

    /// <summary>Moves the values of one segment; called once for each.</summary>
    protected abstract void Update(Segment s);

    /// <summary>A coefficient of a moving average, which must lie in [0, 1).</summary>
    private protected double Decay(double value, string name) => value is >= 0 and < 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{GetType().Name}: expected {name} in [0, 1)");

    /// <summary>A finite number of at least 0.</summary>
    private protected double Positive(double value, string name) => value >= 0 && double.IsFinite(value) ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{GetType().Name}: expected {name} to be finite and at least 0");

    void Begin(Span<float> values, ReadOnlySpan<float> gradients)
    {
        if (gradients.Length != values.Length)
            throw new ArgumentException($"{GetType().Name}: expected {values.Length} gradients, got {gradients.Length}");
        if (count is null) foreach (StateArray array in arrays) array.Allocate(values.Length);
        count ??= values.Length;
        if (count != values.Length)
            throw new ArgumentException($"{GetType().Name}: expected {count} values as in the steps before, got {values.Length}");
        steps.Value++;
        Advance();
    }

    void Assign(Model model)
    {
        var found = new Dictionary<Parameter, ParameterGroup>();
        foreach (ParameterGroup group in groups)
            foreach (Parameter parameter in model.Matching(group.Pattern)) found.TryAdd(parameter, group);
        groupOf = [.. model.Parameters.Select(found.GetValueOrDefault)];
        assigned = model;
    }

    /// <summary>The arrays that exist after a number of steps: they are made in the first one.</summary>
    List<StateArray> Held(double steps) => steps > 0 ? arrays : [];

    void RequireFitting(OptimizerState state)
    {
        Names("numbers", numbers.Select(n => n.Name), state.Numbers.Keys);
        Names("arrays", Held(state.Numbers["step"]).Select(a => a.Name), state.Arrays.Keys);
        foreach (StateNumber number in numbers)
            if (!(state.Numbers[number.Name] >= 0 && state.Numbers[number.Name] <= number.Most))
                throw Misfit($"{number.Name} in [0, {number.Most}]", $"{state.Numbers[number.Name]}");
        int length = count ?? state.Arrays.Values.FirstOrDefault()?.Length ?? 0;
        foreach ((string name, float[] array) in state.Arrays)
            if (array.Length != length) throw Misfit($"{length} values of {name}", $"{array.Length}");

        void Names(string what, IEnumerable<string> expected, IEnumerable<string> actual)
        {
            if (!expected.Order(StringComparer.Ordinal).SequenceEqual(actual.Order(StringComparer.Ordinal)))
                throw Misfit($"the {what} {string.Join(", ", expected)}", string.Join(", ", actual));
        }

        ArgumentException Misfit(string expected, string actual)
            => new($"{GetType().Name}: expected a state with {expected}, got {actual}");
    }
}
