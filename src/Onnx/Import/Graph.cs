using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// A graph that is ready to run: every operator is known and has read its attributes, values have numbers, what depends on constants alone is
/// computed, and what no output needs is left out.
/// </summary>
sealed class Graph
{
    const int FoldedPerByte = 16, FoldedAnyway = 1 << 16;   // bytes of constants that may be computed while a file is read

    readonly string file;
    readonly int opset;
    readonly Dictionary<string, int> numbers = [];
    readonly List<OnnxTensor?> constants = [];              // of each value; null where it is not constant
    readonly List<Step> steps = [];
    readonly int[] inputs, outputs;

    /// <summary>A node with its kernel, the numbers of its values (-1: none), and those that nobody reads after it.</summary>
    sealed record Step(Node Node, Kernel Kernel, int[] Inputs, int[] Outputs)
    {
        internal int[] Last = [];
    }

    internal Graph(GraphProto proto, int opset, IEnumerable<string> inputNames, IEnumerable<string> outputNames, string file, int fileBytes)
    {
        (this.file, this.opset) = (file, opset);
        if (proto.SparseInitializer.Count > 0) throw Error("sparse tensors are not supported");
        foreach (TensorProto tensor in proto.Initializer) Define(tensor.Name, OnnxFile.Value(tensor, file, $"'{tensor.Name}'"));
        inputs = [.. inputNames.Select(name => Define(name, null))];
        var budget = new Budget(FoldedPerByte * (long)fileBytes + FoldedAnyway, FoldedPerByte * (long)fileBytes + FoldedAnyway);
        foreach (NodeProto node in proto.Node) Add(node, budget);
        outputs = [.. outputNames.Select(name => numbers.TryGetValue(name, out int number) ? number
            : throw Error($"nothing makes the output '{name}'"))];
        KeepNeeded();
    }

    int Define(string name, OnnxTensor? constant)
    {
        if (!numbers.TryAdd(name, constants.Count)) throw Error($"two values are named '{name}'");
        constants.Add(constant);
        return constants.Count - 1;
    }

    void Add(NodeProto proto, Budget budget)
    {
        var node = new Node(proto, opset, file);
        int[] inputs = [.. node.Inputs.Select(name => name.Length == 0 ? -1
            : numbers.TryGetValue(name, out int number) ? number : throw node.Error($"reads '{name}', which nothing before it makes"))];
        Kernel kernel = Operators.Prepare(node);
        node.RequireAllRead();
        var step = new Step(node, kernel, inputs, [.. node.Outputs.Select(name => name.Length == 0 ? -1 : Define(name, null))]);
        if (!inputs.All(i => i < 0 || constants[i] is not null) || !Fold(step, budget)) steps.Add(step);
    }

    /// <summary>Computes a node of constants; not one that would take much more memory than the file.</summary>
    bool Fold(Step step, Budget budget)
    {
        try
        {
            OnnxTensor?[] made = Run(step, constants, budget);
            for (int i = 0; i < step.Outputs.Length; i++)
                if (step.Outputs[i] >= 0) constants[step.Outputs[i]] = made[i];
            return true;
        }
        catch (OverBudgetException)
        {
            return false;
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
        var budget = new Budget(limits);
        var values = constants.ToArray();
        for (int i = 0; i < inputs.Length; i++) values[inputs[i]] = given[i];
        foreach (Step step in steps)
        {
            OnnxTensor?[] made;
            try
            {
                made = Run(step, values, budget);
            }
            catch (OverBudgetException e)
            {
                throw step.Node.Error(e.Message, e);
            }
            for (int i = 0; i < step.Outputs.Length; i++)
                if (step.Outputs[i] >= 0) values[step.Outputs[i]] = made[i];
            foreach (int value in step.Last) values[value] = null;
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
        catch (Exception e) when (e is ArithmeticException or ArgumentException)
        {
            throw step.Node.Error(e.Message, e);   // sizes and numbers that only this combination of values makes impossible
        }
        for (int i = 0; i < step.Outputs.Length; i++)
            if (step.Outputs[i] >= 0 && (i >= made.Length || made[i] is null)) throw step.Node.Error($"its output {i} is not supported");
        return made;
    }

    InvalidDataException Error(string problem) => new($"{file}: {problem}");
}
