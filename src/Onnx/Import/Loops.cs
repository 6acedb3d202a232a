namespace NeuralCore.Onnx.Import;

/// <summary>Operators that run graphs of their own.</summary>
static class Loops
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All => [("Scan", Scan), ("Loop", Loop), ("If", If)];

    /// <summary>The graph of the condition's branch.</summary>
    static Kernel If(Node node)
    {
        (Graph yes, Graph no) = (node.Body("then_branch"), node.Body("else_branch"));
        if (yes.Inputs + no.Inputs > 0) throw node.Error("expected branches without inputs");
        RequireOutputs(node, yes, node.Outputs.Length);
        RequireOutputs(node, no, node.Outputs.Length);
        return call => call.Get<bool>(0) is { Count: 1 } condition ? call.Run(condition.Values[0] ? yes : no)
            : throw call.Error($"expected one truth value, got {call[0]}");
    }

    /// <summary>
    /// body(i, condition, states...) to (condition, states..., outputs...), while the condition holds and i is below the count, either of
    /// which may be left out. Outputs of the steps stand one after another along a new first axis.
    /// </summary>
    static Kernel Loop(Node node)
    {
        Graph body = node.Body("body");
        int states = node.Inputs.Length - 2, outputs = body.Outputs - 1 - states;
        if (states < 0 || body.Inputs != states + 2 || outputs < 0)
            throw node.Error($"expected a body with {states + 2} inputs and at least {states + 1} outputs, got {body.Inputs} "
                + $"and {body.Outputs}");
        RequireOutputs(node, states + outputs);
        return call =>
        {
            long count = call.OptionalIntegers(0) is { } given ? given is [var one] ? one
                : throw call.Error($"expected one count, got {call[0]}") : long.MaxValue;
            OnnxTensor<bool>? condition = call.Optional<bool>(1);
            OnnxTensor[] now = [.. Enumerable.Range(2, states).Select(i => call[i])];
            List<OnnxTensor>[] made = [.. Enumerable.Range(0, outputs).Select(_ => new List<OnnxTensor>())];
            for (long i = 0; i < count && condition is not { Values: [false] }; i++)
            {
                OnnxTensor holds = condition ?? OnnxTensor.From([true]);
                OnnxTensor[] after = Step(call, body, [OnnxTensor.From([i]), holds, .. now]);
                condition = after[0] is OnnxTensor<bool> { Count: 1 } next ? next
                    : throw call.Error($"expected a condition of one truth value, got {after[0]}");
                now = after[1..(1 + states)];
                for (int o = 0; o < outputs; o++) made[o].Add(after[1 + states + o]);
            }
            return [.. now, .. made.Select(steps => Stacked(call, steps, 0, backwards: false))];
        };
    }

    /// <summary>
    /// body(states..., a step of each value...) to (states..., outputs...), for each step along an axis of the values, the first one unless
    /// attributes say otherwise, forwards or backwards. Outputs stand along a new axis.
    /// </summary>
    static Kernel Scan(Node node)
    {
        if (node.Opset < 9) throw node.Error("is supported from opset 9 on");
        Graph body = node.Body("body");
        int values = node.Integer("num_scan_inputs", 0), states = node.Inputs.Length - values, outputs = body.Outputs - states;
        if (values < 1 || states < 0 || body.Inputs != states + values || outputs < 0)
            throw node.Error($"expected {states} states and {values} values to scan in a body of as many inputs, got {body.Inputs} inputs "
                + $"and {body.Outputs} outputs");
        RequireOutputs(node, states + outputs);
        long[] backwards = List("scan_input_directions", values), axes = List("scan_input_axes", values);
        long[] outputBackwards = List("scan_output_directions", outputs), outputAxes = List("scan_output_axes", outputs);
        return call =>
        {
            OnnxTensor[] now = [.. Enumerable.Range(0, states).Select(i => call[i])],
                scanned = [.. Enumerable.Range(states, values).Select(i => call[i])];
            int[] along = [.. scanned.Select((x, i) => call.Axis(axes[i], x.Rank))];
            int steps = scanned[0].Sizes[along[0]];
            for (int i = 0; i < values; i++)
                if (scanned[i].Sizes[along[i]] != steps)
                    throw call.Error($"expected {steps} steps, got {scanned[i]} along axis {along[i]}");
            List<OnnxTensor>[] made = [.. Enumerable.Range(0, outputs).Select(_ => new List<OnnxTensor>())];
            for (int t = 0; t < steps; t++)
            {
                OnnxTensor[] after = Step(call, body,
                    [.. now, .. scanned.Select((x, i) => At(call, x, along[i], backwards[i] == 1 ? steps - 1 - t : t))]);
                now = after[..states];
                for (int o = 0; o < outputs; o++) made[o].Add(after[states + o]);
            }
            return [.. now, .. made.Select((list, o) => Stacked(call, list, outputAxes[o], outputBackwards[o] == 1))];
        };

        long[] List(string name, int count) => node.Integers(name) is not { } given ? new long[count]
            : given.Length == count ? given : throw node.Error($"attribute '{name}': expected {count} numbers, got {given.Length}");
    }

    /// <summary>One run of a body; of what it made only the results count on.</summary>
    static OnnxTensor[] Step(Call call, Graph body, OnnxTensor[] given)
    {
        long before = call.Budget.Bytes;
        call.Budget.TakeOperations(Budget.BodyNode);   // of a body without nodes, too
        OnnxTensor[] after = call.Run(body, given);
        call.Budget.GiveBack(before - call.Budget.Bytes - after.Sum(Held.Bytes));
        call.Budget.TakeBytes(Budget.ValueBytes * (long)after.Length);
        return after;
    }

    /// <summary>A step along an axis, without that axis.</summary>
    static OnnxTensor At(Call call, OnnxTensor x, int axis, int index)
    {
        int[] strides = x.Strides();
        return call.Strided(x, [.. x.Sizes[..axis], .. x.Sizes[(axis + 1)..]], index * strides[axis],
            [.. strides[..axis], .. strides[(axis + 1)..]]);
    }

    /// <summary>Values of one shape along a new axis; without any the new axis is of size 0.</summary>
    static OnnxTensor Stacked(Call call, List<OnnxTensor> steps, long along, bool backwards)
    {
        if (steps.Count == 0) return call.New<float>(0);
        OnnxTensor first = steps[0];
        if (steps.FirstOrDefault(x => x.Type != first.Type || !x.Sizes.AsSpan().SequenceEqual(first.Sizes)) is { } other)
            throw call.Error($"expected outputs of one shape, got {first} and {other}");
        int axis = call.Axis(along, first.Rank + 1), inner = OnnxTensor.Product(first.Sizes.AsSpan(axis)),
            outer = OnnxTensor.Product(first.Sizes.AsSpan(0, axis));
        OnnxTensor y = call.Like(first, [.. first.Sizes[..axis], steps.Count, .. first.Sizes[axis..]]);
        for (int t = 0; t < steps.Count; t++)
            for (int i = 0; i < outer; i++)
                Array.Copy(steps[backwards ? steps.Count - 1 - t : t].Data, i * inner, y.Data, (i * steps.Count + t) * inner, inner);
        return y;
    }

    static void RequireOutputs(Node node, Graph branch, int count)
    {
        if (branch.Outputs < count) throw node.Error($"expected branches with {count} outputs, got {branch.Outputs}");
    }

    static void RequireOutputs(Node node, int count)
    {
        if (node.Outputs.Length > count) throw node.Error($"expected at most {count} outputs, got {node.Outputs.Length}");
    }
}
