using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// A graph that is ready to run: every operator is known and has read its attributes, values have numbers, what depends on constants alone
/// is computed, and what no output needs is left out.
/// </summary>
sealed class Graph
{
    const int FoldedPerByte = 16, FoldedAnyway = 1 << 16;   // bytes of constants that may be computed while a file is read

    readonly string file;
    readonly int opset;
    readonly Budget folding;                                // what may be computed while the file is read
    readonly Graph? outer;                                  // of a body: the graph of its node
    readonly List<(int Outer, int Inner)> captured = [];    // values of the outer graph that the body reads
    readonly Dictionary<string, int> numbers = [];
    readonly List<OnnxTensor?> constants = [];              // of each value; null where it is not constant
    readonly List<Step> steps = [];
    readonly int[] inputs, outputs;

    /// <summary>A node with its kernel, the numbers of its values (-1: none), and those that nobody reads after it.</summary>
    sealed record Step(Node Node, Kernel Kernel, int[] Inputs, int[] Outputs)
    {
        internal int[] Last = [];
    }

    internal Graph(GraphProto proto, int opset, IEnumerable<string> inputNames, IEnumerable<string> outputNames, string file,
        long fileBytes)
        : this(proto, opset, inputNames, outputNames, file, null,
            new Budget(FoldedPerByte * fileBytes + FoldedAnyway, FoldedPerByte * fileBytes + FoldedAnyway))
    { }

    /// <summary>The body of a loop or a branch of a node, whose nodes also see the values of the graph around it.</summary>
    internal Graph(GraphProto proto, Graph outer)
        : this(proto, outer.opset, proto.Input.Select(port => port.Name), proto.Output.Select(port => port.Name), outer.file, outer,
            outer.folding)
    { }

    Graph(GraphProto proto, int opset, IEnumerable<string> inputNames, IEnumerable<string> outputNames, string file, Graph? outer,
        Budget folding)
    {
        (this.file, this.opset, this.outer, this.folding) = (file, opset, outer, folding);
        if (proto.SparseInitializer.Count > 0) throw Error("sparse tensors are not supported");
        foreach (TensorProto tensor in proto.Initializer) Define(tensor.Name, OnnxFile.Value(tensor, file, $"'{tensor.Name}'"));
        inputs = [.. inputNames.Select(name => Define(name, null))];
        foreach (NodeProto node in proto.Node) Add(node);
        outputs = [.. outputNames.Select(name => Find(name) is >= 0 and int number ? number : throw Error("nothing makes the output "
            + $"'{name}'"))];
        KeepNeeded();
    }

    /// <summary>Number of inputs of a body.</summary>
    internal int Inputs => inputs.Length;

    /// <summary>Number of outputs of a body.</summary>
    internal int Outputs => outputs.Length;

    /// <summary>Numbers, in the graph around it, of the values that a body reads from there.</summary>
    internal IEnumerable<int> Captured => captured.Select(pair => pair.Outer);

    /// <summary>
    /// The number of a value, that of a body's own or one that it then reads from the graph around it; -1: there is none.
    /// </summary>
    int Find(string name)
    {
        if (numbers.TryGetValue(name, out int number)) return number;
        if (outer is null || outer.Find(name) is not (>= 0 and int there)) return -1;
        int here = Define(name, outer.constants[there]);
        if (constants[here] is null) captured.Add((there, here));
        return here;
    }

    int Define(string name, OnnxTensor? constant)
    {
        if (!numbers.TryAdd(name, constants.Count)) throw Error($"two values are named '{name}'");
        constants.Add(constant);
        return constants.Count - 1;
    }

    void Add(NodeProto proto)
    {
        var node = new Node(proto, opset, file, body => new Graph(body, this));
        int[] inputs = [.. node.Inputs.Select(name => name.Length == 0 ? -1
            : Find(name) is >= 0 and int number ? number : throw node.Error($"reads '{name}', which nothing before it makes"))];
        Kernel kernel = Operators.Prepare(node);
        node.RequireAllRead();
        inputs = [.. inputs, .. node.Bodies.SelectMany(body => body.Captured)];
        var step = new Step(node, kernel, inputs, [.. node.Outputs.Select(name => name.Length == 0 ? -1 : Define(name, null))]);
        if (!inputs.All(i => i < 0 || constants[i] is not null) || !Fold(step)) steps.Add(step);
    }

    /// <summary>Computes a node of constants; not one that would take much more memory than the file.</summary>
    bool Fold(Step step)
    {
        try
        {
            OnnxTensor?[] made = Run(step, constants, folding);
            for (int i = 0; i < step.Outputs.Length; i++)
                if (step.Outputs[i] >= 0) constants[step.Outputs[i]] = made[i];
            return true;
        }
        catch (OverBudgetException)
        {
            return false;
        }
        catch (InvalidDataException) when (outer is not null)
        {
            return false;   // of a branch that may never be taken
        }
    }

    /// <summary>Leaves out the nodes that no output needs, and notes after which node each value is read no more.</summary>
    void KeepNeeded()
    {
        var needed = new HashSet<int>(outputs);
        for (int i = steps.Count - 1; i >= 0; i--)
            if (steps[i].Outputs.Any(needed.Contains)) needed.UnionWith(steps[i].Inputs);
            else steps.RemoveAt(i);
        var seen = new HashSet<int>(outputs) { -1 };
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            steps[i].Last = [.. steps[i].Inputs.Concat(steps[i].Outputs).Where(seen.Add)];
        }
    }

    /// <summary>Values of the outputs from those of the inputs.</summary>
    internal OnnxTensor[] Run(IReadOnlyList<OnnxTensor> given, OnnxLimits limits)
    {
        try
        {
            return Run(given, [], new Budget(limits));
        }
        catch (OverBudgetException e)
        {
            throw e.Node!.Error(e.Message, e);
        }
    }

    /// <summary>The same for a body, with the values that it reads from the graph around it.</summary>
    internal OnnxTensor[] Run(IReadOnlyList<OnnxTensor> given, IReadOnlyList<OnnxTensor?> read, Budget budget)
    {
        var values = constants.ToArray();
        for (int i = 0; i < inputs.Length; i++) values[inputs[i]] = given[i];
        for (int i = 0; i < captured.Count; i++) values[captured[i].Inner] = read[i];
        var held = new Held(budget);
        foreach (Step step in steps)
        {
            long before = budget.Bytes;
            try
            {
                if (outer is not null) budget.TakeOperations(Budget.BodyNode);
                OnnxTensor?[] made = Run(step, values, budget);
                for (int i = 0; i < step.Outputs.Length; i++)
                    if (step.Outputs[i] >= 0) values[step.Outputs[i]] = made[i];
                held.Add(step.Outputs.Where(output => output >= 0).Select(output => values[output]!), before);
                foreach (int value in step.Last)
                {
                    if (values[value] is { } last) held.Remove(last);
                    values[value] = null;
                }
            }
            catch (OverBudgetException e)
            {
                e.Node ??= step.Node;
                throw;
            }
        }
        return [.. outputs.Select(number => values[number]!)];
    }

    static OnnxTensor?[] Run(Step step, IReadOnlyList<OnnxTensor?> values, Budget budget)
    {
        OnnxTensor?[] made;
        try
        {
            made = step.Kernel(new Call(step.Node, [.. step.Inputs.Select(i => i < 0 ? null : values[i])], budget));
        }
        catch (Exception e) when (e is ArithmeticException or ArgumentException or IndexOutOfRangeException)
        {
            throw step.Node.Error(e.Message, e);   // sizes and numbers that only this combination of values makes impossible
        }
        for (int i = 0; i < step.Outputs.Length; i++)
            if (step.Outputs[i] >= 0 && (i >= made.Length || made[i] is null)) throw step.Node.Error($"its output {i} is not supported");
        return made;
    }

    InvalidDataException Error(string problem) => new($"{file}: {problem}");
}
