using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

/// <summary>What a model says of itself, and what it refuses.</summary>
public sealed class OnnxModelTests
{
    static byte[] Plan(OnnxExportOptions? options = null)
        => OnnxExport.ToBytes(new Model(new Sequential(new Lstm(5, 4), new TakeLast(), new Dense(4, 3)), seed: 1),
            new Shape(7, 5), options);

    static byte[] Changed(Action<ModelProto> change)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Plan());
        change(model);
        return model.ToByteArray();
    }

    static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => OnnxModel.Read(bytes, "m.onnx")).Message;

    [Fact]
    public void Says_what_it_takes_and_gives()
    {
        OnnxModel model = OnnxModel.Read(Plan(new OnnxExportOptions
        {
            Input = "candles", Output = "logits", Lengths = true, Opset = 19,
            Metadata = new Dictionary<string, string> { ["pair"] = "BTC" },
        }), "m.onnx");
        Assert.Equal(["'candles' Float (batch, time, 5)", "'lengths' Int64 (batch)"], model.Inputs.Select(port => port.ToString()));
        Assert.Equal(["'logits' Float (batch, 3)"], model.Outputs.Select(port => port.ToString()));
        Assert.Equal((19, "NeuralCore 0.1.0", "BTC"), (model.Opset, model.Producer, model.Metadata["pair"]));
    }

    [Fact]
    public void A_layer_that_fixes_the_time_fixes_it_in_the_file()
    {
        byte[] bytes = OnnxExport.ToBytes(new Model(new Sequential(new Flatten(), new Dense(35, 2)), seed: 1), new Shape(7, 5));
        OnnxModel model = OnnxModel.Read(bytes, "m.onnx");
        Assert.Equal("'x' Float (batch, 7, 5)", model.Inputs[0].ToString());
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => model.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(new float[40], 1, 8, 5) }));
        Assert.Contains("m.onnx: expected an input 'x' Float (batch, 7, 5), got Float (1, 8, 5)", e.Message);
    }

    [Fact]
    public void Inputs_must_be_those_of_the_file()
    {
        OnnxModel model = OnnxModel.Read(Plan(), "m.onnx");
        Assert.Contains("got one named 'z'", Fails(("x", OnnxTensor.From(new float[35], 1, 7, 5)), ("z", OnnxTensor.From([1f]))));
        Assert.Contains("expected an input 'x' Float (batch, time, 5), got none", Fails());
        Assert.Contains("got Double (1, 7, 5)", Fails(("x", OnnxTensor.From(new double[35], 1, 7, 5))));
        Assert.Contains("got Float (7, 5)", Fails(("x", OnnxTensor.From(new float[35], 7, 5))));

        string Fails(params (string, OnnxTensor)[] inputs)
            => Assert.Throws<ArgumentException>(() => model.Run(inputs.ToDictionary())).Message;
    }

    [Fact]
    public void What_is_not_supported_is_named_with_its_node_and_opset()
    {
        Assert.Equal("m.onnx: Det 'LSTM' (opset 17): is not supported",
            Refused(Changed(m => m.Graph.Node.First(n => n.OpType == "LSTM").With(n => (n.OpType, n.Name) = ("Det", "LSTM")))));
        Assert.Contains("com.microsoft.LSTM '0/LSTM' (opset 17): is not supported",
            Refused(Changed(m => m.Graph.Node.First(n => n.OpType == "LSTM").Domain = "com.microsoft")));
        Assert.Contains("LSTM '0/LSTM' (opset 17): attribute 'strange' is not supported",
            Refused(Changed(m => m.Graph.Node.First(n => n.OpType == "LSTM")
                .Attribute.Add(new AttributeProto { Name = "strange", I = 1 }))));
        Assert.Contains("LSTM '0/LSTM' (opset 17): expected a direction forward, reverse or bidirectional, got 'sideways'",
            Refused(Changed(m => m.Graph.Node.First(n => n.OpType == "LSTM").Attribute.Single(a => a.Name == "direction")
                .S = ByteString.CopyFromUtf8("sideways"))));
        Assert.Contains("expected an opset from 7 to 23, got 24", Refused(Changed(m => m.OpsetImport[0].Version = 24)));
        Assert.Contains("m.onnx: expected an opset from 7 to 23, got none", Refused(Changed(m => m.OpsetImport.Clear())));
        Assert.Contains("its data lie in another file",
            Refused(Changed(m => m.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External)));
        Assert.Contains("its type 14 is not supported", Refused(Changed(m => m.Graph.Initializer[0].DataType = 14)));
    }

    [Fact]
    public void A_damaged_graph_is_refused()
    {
        Assert.Contains("m.onnx: not a readable ONNX file", Refused([1, 2, 3]));
        Assert.Contains("m.onnx: expected a graph, got none", Refused([]));
        Assert.Contains("reads 'x', which nothing before it makes", Refused(Changed(m => m.Graph.Input.Clear())));
        Assert.Contains("nothing makes the output 'nowhere'", Refused(Changed(m => m.Graph.Output[0].Name = "nowhere")));
        Assert.Contains("two values are named", Refused(Changed(m => m.Graph.Node.Add(m.Graph.Node[0]))));
        Assert.Contains("values for its sizes", Refused(Changed(m => m.Graph.Initializer[0].Dims[0]++)));
        Assert.Throws<FileNotFoundException>(() => OnnxModel.Load("no-such-file.onnx"));
    }

    [Fact]
    public void A_run_stays_within_its_limits()
    {
        OnnxModel model = OnnxModel.Read(Plan(), "m.onnx");
        var x = new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(new float[3500], 100, 7, 5) };
        model.Run(x);
        model.Limits = new OnnxLimits { MaxBytes = 20_000 };
        Assert.Contains("(OnnxLimits.MaxBytes)", Assert.Throws<InvalidDataException>(() => model.Run(x)).Message);
        model.Limits = new OnnxLimits { MaxOperations = 10_000 };
        Assert.Contains("LSTM '0/LSTM' (opset 17): expected products of at most 10000 more",
            Assert.Throws<InvalidDataException>(() => model.Run(x)).Message);
    }

    [Fact]
    public void Layers_of_ones_own_have_no_form()
        => Assert.Contains("Own 'own': has no form in ONNX",
            Assert.Throws<NotSupportedException>(() => OnnxExport.ToBytes(new Model(new Sequential(("own", new Own())), seed: 1),
                new Shape(3))).Message);

    sealed class Own : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape) => x;

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    [Fact]
    public void Lengths_are_refused_where_the_layer_refuses_them()
        => Assert.Contains("expected an export without lengths", Assert.Throws<ArgumentException>(() =>
            OnnxExport.ToBytes(new Model(new Sequential(new Flatten(), new Dense(35, 2)), seed: 1), new Shape(7, 5),
                new OnnxExportOptions { Lengths = true })).Message);

    /// <summary>layout 1, which ONNX Runtime does not run on a CPU, is layout 0 with the batch first.</summary>
    [Theory, InlineData("LSTM", 3), InlineData("GRU", 2), InlineData("RNN", 2)]
    public void Layout_1_has_the_batch_first(string op, int outputs)
    {
        OperatorCase one = OperatorCases.All.Single(c => c.Name == $"{op}-both-lengths");
        Dictionary<string, OnnxTensor> expected = OnnxModel.Read(one.Model(), op).Run(one.Given());
        OnnxTensor?[] inputs = [.. one.Inputs.Select((x, i) => i is 0 or 5 or 6 && x is not null ? Turned(x, [1, 0, 2]) : x)];
        OperatorCase other = one with { Inputs = inputs, Attributes = [.. one.Attributes, ("layout", 1)] };
        Dictionary<string, OnnxTensor> got = OnnxModel.Read(other.Model(), op).Run(other.Given());
        for (int i = 0; i < outputs; i++)
        {
            OnnxTensor y = Turned(expected[$"out{i}"], i == 0 ? [2, 0, 1, 3] : [1, 0, 2]);
            Assert.Equal(y.Shape, got[$"out{i}"].Shape);
            Assert.Equal(y.Floats(), got[$"out{i}"].Floats());
        }
    }

    static OnnxTensor Turned(OnnxTensor x, long[] order)
    {
        var one = new OperatorCase("turned", 13, "Transpose", [x], 1, ("perm", order));
        return OnnxModel.Read(one.Model(), "turned").Run(one.Given())["out0"];
    }

    /// <summary>What a row gives depends neither on the batch nor on what lies past its length.</summary>
    [Fact]
    public void A_row_is_alone()
    {
        ExportCase one = ExportCases.All.Single(c => c.Name == "plan-lengths");
        OnnxModel model = OnnxModel.Read(OnnxExport.ToBytes(ExportCases.Model(one), one.Row, new OnnxExportOptions { Lengths = true }),
            "plan");
        Prop.ForAll(Gen.Choose(1, 20).SelectMany(batch => Gen.Choose(1, 9).Two().Select(t => (batch, t.Item1, t.Item2)))
            .ToArbitrary(), drawn =>
        {
            (int batch, int steps, int length) = (drawn.batch, Math.Max(drawn.Item2, drawn.Item3), Math.Min(drawn.Item2, drawn.Item3));
            var random = new CounterRandom(3, (ulong)(batch * 100 + steps));
            var x = new float[batch * steps * 5];
            foreach (ref float v in x.AsSpan()) v = (float)random.NextNormal();
            long[] lengths = [.. Enumerable.Range(0, batch).Select(row => row == batch - 1 ? length : 1L + row % steps)];
            float[] together = Run(x, lengths, steps), alone = Run(x[((batch - 1) * steps * 5)..][..(length * 5)], [length], length);
            Assert.Equal(alone, together[^alone.Length..]);
        }).QuickCheckThrowOnFailure();

        float[] Run(float[] x, long[] lengths, int steps) => model.Run(new Dictionary<string, OnnxTensor>
        {
            ["x"] = OnnxTensor.From(x, lengths.Length, steps, 5), ["lengths"] = OnnxTensor.From(lengths, lengths.Length),
        })["y"].Floats();
    }

    /// <summary>Newer versions of PyTorch's exporter write the weights beside the model.</summary>
    [Fact]
    public void Reads_tensors_in_other_files()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName, path = Path.Combine(folder, "m.onnx"),
            data = Path.Combine(folder, "m.onnx.data");
        var all = new List<byte>([1, 2, 3]);
        ModelProto model = ModelProto.Parser.ParseFrom(Plan());
        foreach (TensorProto tensor in model.Graph.Initializer)
        {
            Place(tensor, ("location", "m.onnx.data"), ("offset", $"{all.Count}"), ("length", $"{tensor.RawData.Length}"));
            all.AddRange(tensor.RawData);
            tensor.RawData = ByteString.Empty;
        }
        Save();
        File.WriteAllBytes(data, [.. all]);
        var x =
            new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From([.. Enumerable.Range(0, 70).Select(i => MathF.Sin(i))], 2, 7, 5) };
        Assert.Equal(OnnxModel.Read(Plan(), "m.onnx").Run(x)["y"].Floats(), OnnxModel.Load(path).Run(x)["y"].Floats());

        TensorProto first = model.Graph.Initializer.MaxBy(t => t.CalculateSize())!;
        StringStringEntryProto[] right = [.. first.ExternalData];
        Refused("expected data in a file beside it, got '../m.onnx.data'", ("location", "../m.onnx.data"));
        Refused($"expected data in a file beside it, got '{data}'", ("location", data));
        Refused("none.data, which is not there", ("location", "none.data"));
        Refused("expected a number of bytes as offset, got '-1'", ("location", "m.onnx.data"), ("offset", "-1"));
        Refused("expected 9999999 bytes from 0 in", ("location", "m.onnx.data"), ("length", "9999999"));
        Refused("for it alone, got a file of", ("location", "m.onnx.data"));
        Refused("values for its sizes", [.. right.Select(e => (e.Key, e.Key == "length" ? "4" : e.Value))]);
        Directory.Delete(folder, recursive: true);

        void Place(TensorProto tensor, params (string Key, string Value)[] entries)
        {
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.Clear();
            tensor.ExternalData.AddRange(entries.Select(e => new StringStringEntryProto { Key = e.Key, Value = e.Value }));
        }

        void Save() => File.WriteAllBytes(path, model.ToByteArray());

        void Refused(string reason, params (string, string)[] entries)
        {
            Place(first, entries);
            Save();
            string message = Assert.Throws<InvalidDataException>(() => OnnxModel.Load(path)).Message;
            Assert.StartsWith(path + ": ", message);
            Assert.Contains(reason, message);
        }
    }

    /// <summary>16-bit floats are read exactly, computed with in 32 bits, and rounded once an operator.</summary>
    [Theory, InlineData(OnnxType.Float16), InlineData(OnnxType.BFloat16)]
    public void Computes_with_16_bit_floats(OnnxType type)
    {
        float[] x = [1, -2.5f, 0.3f, 1000, 3e-6f, 65000, 0.0999f], steps = [1, 7, 0.01f, 0.4f, 3e-6f, 9, -0.1001f];
        byte[] bytes = Changed(m =>
        {
            m.Graph.Node.Clear();
            m.Graph.Initializer.Clear();
            m.Graph.Initializer.Add(new TensorProto
            {
                Name = "steps", DataType = (int)type, Dims = { 7 },
                RawData = ByteString.CopyFrom([.. steps.SelectMany(Bits)])
            });
            m.Graph.Initializer.Add(new TensorProto
            {
                Name = "ones", DataType = (int)type, Dims = { 7 },
                Int32Data = { Enumerable.Repeat((int)BitConverter.ToUInt16(Bits(1)), 7) }
            });
            m.Graph.Input[0].Type.TensorType = new() { ElemType = (int)OnnxType.Float };
            Node("Cast", "narrow", "x", ("to", (int)type));
            Node("Add", "sum", "narrow,steps");
            Node("Sub", "rest", "sum,ones");
            Node("Reshape", "column", "rest,shape");
            m.Graph.Initializer.Add(OnnxFile.Message<long>("shape", [7, 1], 2));
            Node("Cast", "wide", "column", ("to", (int)OnnxType.Float));
            m.Graph.Output[0].Name = "wide";

            void Node(string op, string output, string inputs, params (string Name, int Value)[] attributes)
            {
                var node = new NodeProto { OpType = op, Output = { output }, Input = { inputs.Split(',') } };
                node.Attribute.AddRange(attributes.Select(a => new AttributeProto
                {
                    Name = a.Name, I = a.Value,
                    Type = AttributeProto.Types.AttributeType.Int
                }));
                m.Graph.Node.Add(node);
            }
        });
        OnnxTensor y = OnnxModel.Read(bytes, "m.onnx").Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(x, 7) })["wide"];
        Assert.Equal([7, 1], y.Shape);
        Assert.Equal([.. x.Zip(steps, (a, b) => Rounded(Rounded(Rounded(a) + Rounded(b)) - 1))], y.Floats());

        byte[] Bits(float v)
            => BitConverter.GetBytes(type == OnnxType.Float16 ? BitConverter.HalfToUInt16Bits((Half)v) : (ushort)(Nearest(v) >> 16));

        float Rounded(float v) => type == OnnxType.Float16 ? (float)(Half)v : BitConverter.UInt32BitsToSingle(Nearest(v));

        // The nearer of the two neighbours of 16 bits, of equally near ones the even one.
        static uint Nearest(float v)
        {
            uint bits = BitConverter.SingleToUInt32Bits(v), below = bits & 0xFFFF0000, rest = bits & 0xFFFF;
            return rest > 0x8000 || rest == 0x8000 && (below & 0x10000) != 0 ? below + 0x10000 : below;
        }
    }

    [Fact]
    public void Constants_are_computed_once_and_what_is_not_needed_is_left_out()
    {
        byte[] bytes = Changed(m =>
        {
            m.Graph.Initializer.Add(OnnxFile.Message<float>("two", [2]));
            m.Graph.Node.Insert(0, new NodeProto { OpType = "Sqrt", Input = { "two" }, Output = { "root" } });
            m.Graph.Node.Insert(1, new NodeProto { OpType = "Mul", Input = { "root", "root" }, Output = { "again" } });
            // Would fail if it ran.
            m.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "again" }, Output = { "unused" } });
            m.Graph.Output.Add(new ValueInfoProto { Name = "again", Type = m.Graph.Output[0].Type });
        });
        OnnxModel model = OnnxModel.Read(bytes, "m.onnx");
        var x = new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(new float[35], 1, 7, 5) };
        Assert.Equal(2, model.Run(x)["again"].Floats()[0], 1e-6f);
        Assert.Same(model.Run(x)["again"], model.Run(x)["again"]);
    }
}

static class Changes
{
    public static void With<T>(this T value, Action<T> change) => change(value);
}
