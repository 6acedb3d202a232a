using System.Diagnostics;
using Google.Protobuf;
using NeuralCore.Onnx.Export;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

/// <summary>Small files that ask for much, or for what is not theirs: each ends with one short error that names file and node.</summary>
public sealed class HostileTests
{
    static readonly OnnxLimits OneMegabyte = new() { MaxBytes = 1 << 20 };

    static void Refused(string op, string reason, Dictionary<string, OnnxTensor> inputs, Func<GraphBuilder, string[]> build,
        OnnxLimits? limits = null)
    {
        string message = Assert.Throws<InvalidDataException>(() => OneGraph.Run(inputs, build, limits)).Message;
        Assert.StartsWith($"m.onnx: {op} '", message);
        Assert.Contains(reason, message);
        Assert.True(message.Length < 600, $"{message.Length} characters");
    }

    static Dictionary<string, OnnxTensor> With(params (string, OnnxTensor)[] inputs) => inputs.ToDictionary();

    static OnnxTensor<float> Zeros(params int[] sizes) => OnnxTensor.From(new float[sizes.Aggregate(1, (p, s) => p * s)], sizes);

    static OnnxTensor<long> Whole(params long[] values) => OnnxTensor.From(values, values.Length);

    /// <summary>What is taken out of a sequence still counts when the sequence is gone.</summary>
    [Fact]
    public void Tensors_of_sequences_count()
        => Refused("SequenceConstruct", "(OnnxLimits.MaxBytes)", With(("x", Zeros(1024))), g => [.. Enumerable.Range(0, 100).Select(_
            => g.Node("SequenceAt", [g.Node("SequenceConstruct", [g.Node("Add", ["x", "x"])]), g.Integer(0)]))],
            new() { MaxBytes = 100_000 });

    [Fact]
    public void Parts_count_even_if_they_are_empty()
    {
        foreach (int keep in new[] { 0, 1 })
            Refused("SplitToSequence", "(OnnxLimits.MaxBytes)", With(("x", OnnxTensor.From(new byte[1 << 16], 1 << 16))),
                g => [g.Node("SequenceLength", [g.Node("SplitToSequence", ["x"], ("keepdims", keep))])], OneMegabyte);
        Refused("SplitToSequence", "(OnnxLimits.MaxBytes)", With(("x", Zeros(0, 4)), ("sizes", Whole(new long[1 << 16]))),
            g => [g.Node("SequenceLength", [g.Node("SplitToSequence", ["x", "sizes"])])], OneMegabyte);
    }

    [Fact]
    public void A_sequence_of_nothing_cannot_grow_for_ever()
        => Refused("SequenceInsert", "(OnnxLimits.MaxBytes)", With(("nothing", Zeros(0)), ("steps", OnnxTensor.From([long.MaxValue]))), g =>
        {
            var body = new GraphProto { Name = "body" };
            foreach (string name in new[] { "i", "on", "before" }) body.Input.Add(new ValueInfoProto { Name = name });
            foreach (string name in new[] { "on", "after" }) body.Output.Add(new ValueInfoProto { Name = name });
            body.Node.Add(new NodeProto { OpType = "SequenceInsert", Input = { "before", "nothing" }, Output = { "after" } });
            return [g.Node("SequenceLength", [g.Node("Loop", ["steps", "", g.Node("SequenceEmpty", [])], ("body", body))])];
        }, OneMegabyte);

    [Fact]
    public void Sorting_counts()
    {
        foreach ((string limit, OnnxLimits limits) in new[]
            { ("MaxBytes", new OnnxLimits { MaxBytes = 1 << 19 }), ("MaxOperations", new() { MaxOperations = 1 << 20 }) })
            Refused("TopK", $"(OnnxLimits.{limit})", With(("x", Zeros(1, 1 << 16))), g => g.Node("TopK", 2, ["x", g.Integers(1)]), limits);
        OnnxTensor[] none = OneGraph.Run(With(("x", Zeros(1, 1 << 16))), g => g.Node("TopK", 2, ["x", g.Integers(0)]),
            new() { MaxBytes = 8 });
        Assert.Equal([1, 0], none[1].Shape);
    }

    [Theory, InlineData("GatherND"), InlineData("ScatterND")]
    public void Indices_are_read_once(string op)
    {
        const int N = 4096;
        var inputs = With(("x", Zeros(N)), ("at", OnnxTensor.From([.. Enumerable.Range(0, N).Reverse()], N, 1)), ("updates", Zeros(N)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        OneGraph.Run(inputs, g => [g.Node(op, op == "GatherND" ? ["x", "at"] : ["x", "at", "updates"])]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("MaxPool", 1 << 15, "(OnnxLimits.MaxBytes)"), InlineData("MaxPool", 1 << 16, "possible sizes")]
    [InlineData("AveragePool", 1 << 16, "possible sizes")]
    public void A_window_is_not_larger_than_the_memory(string op, long size, string reason)
        => Refused(op, reason, With(("x", Zeros(1, 1, 1, 1))),
            g => [g.Node(op, ["x"], ("kernel_shape", new[] { size, size }), ("auto_pad", "SAME_UPPER"))]);

    [Fact]
    public void An_axis_is_named_once()
    {
        var x = With(("x", Zeros(1, 8)));
        Refused("Slice", "expected different axes, got 1, 1", x,
            g => [g.Node("Slice", ["x", g.Integers(0, 0), g.Integers(8, 8), g.Integers(1, -1), g.Integers(2, 2)])]);
        Refused("Pad", "expected different axes, got 1, 1", x, g => [g.Node("Pad", ["x", g.Integers(1, 1, 1, 1), "", g.Integers(1, 1)])]);
        Refused("Resize", "expected different axes, got 1, 1", x,
            g => [g.Node("Resize", ["x", "", "", g.Integers(2, 2)], ("axes", new long[] { 1, 1 }))]);
    }

    [Fact]
    public void Errors_are_short()
    {
        var many = With(("x", Zeros(3)), ("sizes", Whole([.. Enumerable.Repeat(1L, 1 << 20)])));
        Refused("ConstantOfShape", "expected at most 16 sizes, got 1048576", many, g => [g.Node("ConstantOfShape", ["sizes"])]);
        Refused("Expand", "expected at most 16 sizes, got 1048576", many, g => [g.Node("Expand", ["x", "sizes"])]);
        Refused("Split", "expected at most 2 sizes, got 1048576", many, g => g.Node("Split", 2, ["x", "sizes"]));
        Refused("SplitToSequence", "that sum to 3, got (1, 1", many,
            g => [g.Node("SequenceLength", [g.Node("SplitToSequence", ["x", "sizes"])])]);
        Refused("Squeeze", "expected axes of size 1", With(("x", Zeros(3)), ("axes", Whole(new long[1 << 20]))),
            g => [g.Node("Squeeze", ["x", "axes"])]);
    }

    [Fact]
    public void Terms_of_plain_loops_count_more_than_those_of_kernels()
    {
        var limits = new OnnxLimits { MaxOperations = 1 << 20 };
        Func<GraphBuilder, string[]> product = g => [g.Node("MatMul", ["x", "x"])];
        Func<GraphBuilder, string[]> sum = g => [g.Node("Einsum", ["x", "x"], ("equation", "ij,jk"))];
        Assert.Equal([64, 64], OneGraph.Run(With(("x", Zeros(64, 64))), product, limits)[0].Shape);
        Refused("MatMul", "(OnnxLimits.MaxOperations)", With(("x", OnnxTensor.From(new double[64 * 64], 64, 64))), product, limits);
        Refused("Einsum", "(OnnxLimits.MaxOperations)", With(("x", Zeros(64, 64))), sum, limits);
    }

    /// <summary>A folder from elsewhere cannot have other files of the machine read, nor a pipe that never ends.</summary>
    [Fact]
    public void Links_and_pipes_are_not_read()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName;
        string model = Path.Combine(folder, "model"), path = Path.Combine(model, "m.onnx");
        string secret = Path.Combine(folder, "secret", "data");
        Directory.CreateDirectory(model);
        Directory.CreateDirectory(Path.GetDirectoryName(secret)!);
        File.WriteAllBytes(secret, new byte[8]);
        File.WriteAllBytes(Path.Combine(model, "own"), new byte[8]);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(model, "link"), secret);
            Directory.CreateSymbolicLink(Path.Combine(model, "folder"), Path.GetDirectoryName(secret)!);
            using Process pipe = Process.Start("mkfifo", [Path.Combine(model, "pipe")]);
            pipe.WaitForExit();
            Assert.Contains("got the link", Load("link"));
            Assert.Contains("got the link", Load("folder/data"));
            Assert.Contains("got the link", Load("folder\\data"));
            Assert.Contains("expected 8 bytes from 0 in", Load("pipe"));
        }
        Assert.Null(Load("own"));
        Directory.CreateDirectory(Path.Combine(model, "empty"));
        Assert.Contains("got the folder", Load("empty"));
        Directory.Delete(folder, recursive: true);

        // The error of a model of two floats that lie there.
        string? Load(string location)
        {
            ModelProto proto = OneGraph.Model([], g => [g.Node("Neg", [g.Constant<float>("w", [0, 0], 2)])]);
            TensorProto tensor = proto.Graph.Initializer[0];
            (tensor.RawData, tensor.DataLocation) = (ByteString.Empty, TensorProto.Types.DataLocation.External);
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = "8" });
            File.WriteAllBytes(path, proto.ToByteArray());
            return Record.Exception(() => OnnxModel.Load(path)) switch
            {
                null => null,
                InvalidDataException e => e.Message,
                var other => throw other,
            };
        }
    }
}
