using Google.Protobuf;
using NeuralCore.Onnx.Proto;
using NeuralCore.Tests;

namespace NeuralCore.Onnx.Tests;

/// <summary>
/// ONNX files damaged in ten thousand ways (NEURALCORE_MUTATIONS, from NEURALCORE_SEED), their bytes and what they say: each is read and
/// run, or an <see cref="InvalidDataException"/> names the file; memory stays bounded and nothing hangs.
/// </summary>
public sealed class MutationTests
{
    const string File = "damaged.onnx";
    const long RunBytes = 4 << 20;

    /// <summary>Whole models and every operator.</summary>
    static readonly byte[][] Good =
    [
        .. ExportCases.All.Where(c => c.Name is "plan-lengths" or "encoder-pre-norm-lengths" or "bigru-stack" or "positions"
            or "batch-norm-of-batch-lengths" or "embedding-lengths")
            .SelectMany(c => Enumerable.Repeat(OnnxExport.ToBytes(ExportCases.Model(c), c.Row,
                new OnnxExportOptions { Lengths = c.Lengths }), 20)),
        .. ExportCases.All.Where(c => c.Name is "plan-lengths" or "bigru-stack" or "attention")
            .SelectMany(c => Enumerable.Repeat(OnnxExport.ToBytes(ExportCases.Model(c).Quantize(), c.Row,
                new OnnxExportOptions { Lengths = c.Lengths }), 20)),
        .. OperatorCases.All.Select(c => c.Model()),
    ];

    /// <summary>All operators of these, those of bodies too.</summary>
    static readonly string[] Operators = [.. Good.SelectMany(bytes => Nodes(ModelProto.Parser.ParseFrom(bytes).Graph))
        .Select(n => n.OpType).Distinct()];

    static IEnumerable<NodeProto> Nodes(GraphProto? graph)
        => graph is null ? [] : graph.Node.Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(a => Nodes(a.G)));

    [Fact]
    public void Damaged_files_run_or_are_refused_by_name()
    {
        int ran = 0;
        double most = 0;
        Mutations.Watched(number =>
        {
            var random = new CounterRandom(Mutations.Seed, number);
            byte[] good = Good[random.NextInt32(Good.Length)],
                bad = random.NextInt32(3) == 0 ? Bytes(good, ref random) : Said(good, ref random);
            long before = GC.GetAllocatedBytesForCurrentThread(), read = before;
            try
            {
                OnnxModel model = OnnxModel.Read(bad, File);
                read = GC.GetAllocatedBytesForCurrentThread();
                model.Limits = new OnnxLimits { MaxBytes = RunBytes, MaxOperations = 1 << 28 };
                if (Inputs(model, ref random) is not { } inputs) return;
                model.Run(inputs);
                ran++;
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(File + ": ", e.Message, StringComparison.Ordinal);
                Assert.IsNotType<IndexOutOfRangeException>(e.InnerException);   // a check that is missing
            }
            most = Math.Max(most, (double)(read - before) / Math.Max(1, bad.Length));
            Assert.InRange(read - before, 0, (1 << 20) + 100L * bad.Length);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - read, 0, (1 << 20) + 100L * bad.Length + 16 * RunBytes);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{Mutations.Cases} cases, {ran} ran, at most {most:F1} bytes a byte to read");
        if (Mutations.Cases >= 1000) Assert.InRange(ran, Mutations.Cases / 20, Mutations.Cases / 4 * 3);
    }

    /// <summary>Inputs such as the file asks for; null where it asks for very large ones.</summary>
    static Dictionary<string, OnnxTensor>? Inputs(OnnxModel model, ref CounterRandom random)
    {
        var inputs = new Dictionary<string, OnnxTensor>();
        foreach (OnnxPort port in model.Inputs)
        {
            int[] sizes = [.. (port.Shape ?? [(2, ""), (3, "")]).Select(axis => axis.Size ?? 3)];
            if (sizes.Length > OnnxTensor.MaxRank || sizes.Aggregate(1.0, (p, s) => p * Math.Max(s, 1)) > 10_000) return null;
            var values = new float[sizes.Aggregate(1, (p, s) => p * s)];
            foreach (ref float v in values.AsSpan()) v = port.Type == OnnxType.Int64 ? 1 + random.NextInt32(3) : (float)random.NextNormal();
            inputs[port.Name] = Import.Casting.To(OnnxTensor.From(values, sizes), port.Type);
        }
        return inputs;
    }

    /// <summary>Flips bits, overwrites, removes, repeats or cuts off.</summary>
    static byte[] Bytes(byte[] good, ref CounterRandom random)
    {
        List<byte> bytes = [.. good];
        for (int change = random.NextInt32(3); change >= 0 && bytes.Count > 0; change--)
        {
            int at = random.NextInt32(bytes.Count), length = Math.Min(bytes.Count - at, 1 + random.NextInt32(20));
            switch (random.NextInt32(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.NextInt32(8)); break;
                case 1: bytes[at] = (byte)random.NextInt32(256); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    static readonly long[] Numbers = [0, 1, -1, 2, 3, 7, 1000, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 31, 1L << 33,
        1 << 20, 1 << 24];

    /// <summary>Changes what a file says: names, operators, attributes, sizes, types, values.</summary>
    static byte[] Said(byte[] good, ref CounterRandom random)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(good);
        GraphProto graph = model.Graph;
        // Now and then in the body of a loop or a branch.
        if (random.NextInt32(2) == 0 && graph.Node.SelectMany(n => n.Attribute).Where(a => a.G is not null)
            .ToArray() is { Length: > 0 } bodies)
            graph = bodies[random.NextInt32(bodies.Length)].G;
        for (int change = random.NextInt32(3); change >= 0; change--)
        {
            NodeProto node = graph.Node[random.NextInt32(graph.Node.Count)], other = graph.Node[random.NextInt32(graph.Node.Count)];
            switch (random.NextInt32(9))
            {
                case 0: Names(node, other, ref random); break;
                case 1: node.OpType = Operators[random.NextInt32(Operators.Length)]; break;
                case 2 or 3 when node.Attribute.Count > 0:
                    Change(node.Attribute[random.NextInt32(node.Attribute.Count)], ref random);
                    break;
                case 4 when graph.Initializer.Count > 0:
                    Change(graph.Initializer[random.NextInt32(graph.Initializer.Count)], ref random);
                    break;
                case 5 when graph.Input.Count > 0:
                    TypeProto.Types.Tensor type = graph.Input[random.NextInt32(graph.Input.Count)].Type.TensorType;
                    if (random.NextInt32(2) == 0) type.ElemType = random.NextInt32(14);
                    else if (type.Shape?.Dim.Count > 0)
                        type.Shape.Dim[random.NextInt32(type.Shape.Dim.Count)] = new() { DimValue = Number(3, ref random) };
                    break;
                case 6: model.OpsetImport[0].Version = random.NextInt32(26); break;
                case 7: graph.Node.RemoveAt(random.NextInt32(graph.Node.Count)); if (graph.Node.Count == 0) graph.Node.Add(other); break;
                default: graph.Output[0].Name = other.Output.FirstOrDefault() ?? ""; break;
            }
        }
        return model.ToByteArray();
    }

    static long Number(long now, ref CounterRandom random)
        => random.NextInt32(3) switch { 0 => now + 1, 1 => now - 1, _ => Numbers[random.NextInt32(Numbers.Length)] };

    static void Names(NodeProto node, NodeProto other, ref CounterRandom random)
    {
        IList<string> names = random.NextInt32(4) == 0 ? node.Output : node.Input,
            from = random.NextInt32(2) == 0 ? other.Input : other.Output;
        if (names.Count == 0 || from.Count == 0) return;
        int at = random.NextInt32(names.Count);
        switch (random.NextInt32(4))
        {
            case 0: names.RemoveAt(at); break;
            case 1: names.Add(from[random.NextInt32(from.Count)]); break;
            case 2: names[at] = ""; break;
            default: names[at] = from[random.NextInt32(from.Count)]; break;
        }
    }

    static void Change(AttributeProto attribute, ref CounterRandom random)
    {
        switch (random.NextInt32(5))
        {
            case 0: attribute.I = Number(attribute.I, ref random); break;
            case 1 when attribute.Ints.Count > 0: attribute.Ints[random.NextInt32(attribute.Ints.Count)] = Number(1, ref random); break;
            case 2: attribute.F = random.NextInt32(2) == 0 ? float.NaN : Number(0, ref random); break;
            case 3 when attribute.Ints.Count > 0: attribute.Ints.Add(Number(2, ref random)); break;
            default: attribute.Type = (AttributeProto.Types.AttributeType)random.NextInt32(9); break;
        }
        if (attribute.T is not null) Change(attribute.T, ref random);
    }

    /// <summary>Sizes mostly; and whole numbers, which are sizes and axes of others.</summary>
    static void Change(TensorProto tensor, ref CounterRandom random)
    {
        switch (random.NextInt32(4))
        {
            case 0 when tensor.Dims.Count > 0: tensor.Dims[random.NextInt32(tensor.Dims.Count)] = Number(tensor.Dims[0], ref random); break;
            case 1: tensor.DataType = random.NextInt32(14); break;
            case 2 when tensor.Dims.Count > 1: (tensor.Dims[0], tensor.Dims[1]) = (tensor.Dims[1], tensor.Dims[0]); break;
            default:
                if (tensor.DataType != (int)OnnxType.Int64 || tensor.RawData.Length < 8) return;
                byte[] raw = tensor.RawData.ToByteArray();
                BitConverter.TryWriteBytes(raw.AsSpan(8 * random.NextInt32(raw.Length / 8)), Number(4, ref random));
                tensor.RawData = ByteString.CopyFrom(raw);
                break;
        }
    }
}
