using System.Buffers.Binary;
using System.Text;

namespace NeuralCore.Tests;

public sealed class SafetensorsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    string File(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_written_is_read()
    {
        string path = File("a.safetensors");
        float[] special = [1.5f, -0f, float.NaN, float.NegativeInfinity, float.Epsilon, float.MaxValue];
        Safetensors.Write(path, [("w", new Shape(2, 3), special), ("scalar", new Shape([]), [7f]), ("empty", new Shape(0, 4), []),
            ("größe \"x\"", new Shape(1), [2f])], new Dictionary<string, string> { ["model"] = "v3", ["note"] = "naïve \n \"quoted\"" });
        Safetensors file = Safetensors.Read(path);
        Assert.Equal(["w", "scalar", "empty", "größe \"x\""], file.Names);
        Assert.Equal(special, file.Floats("w"));
        Assert.Equal([.. special], file.Doubles("w"));
        Assert.Equal((new Shape(2, 3), new Shape([]), new Shape(0, 4)), (file.Shape("w"), file.Shape("scalar"), file.Shape("empty")));
        Assert.Equal([7f], file.Floats("scalar"));
        Assert.Equal([2f], file.Floats("größe \"x\""));
        Assert.Equal("naïve \n \"quoted\"", file.Metadata["note"]);
        byte[] bytes = System.IO.File.ReadAllBytes(path);
        Assert.Equal(0ul, BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8);
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Throws<KeyNotFoundException>(() => file.Floats("v"));
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_the_old_one()
    {
        string path = File("a.safetensors");
        Safetensors.Write(path, [("w", new Shape(1), [1f])]);
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [("w", new Shape(2), [1f])]));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [("w", new Shape(1), [1f]), ("w", new Shape(1), [1f])]));
        Assert.ThrowsAny<IOException>(() => Safetensors.Write(Path.Combine(folder, "missing", "a"), [("w", new Shape(1), [1f])]));
        Assert.Equal([1f], Safetensors.Read(path).Floats("w"));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    string Raw(string header, int data, ulong? length = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), bytes = new byte[8 + json.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length ?? (ulong)json.Length);
        json.CopyTo(bytes, 8);
        string path = File("raw.safetensors");
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    [Theory]
    [InlineData("", 0, "expected StartObject")]
    [InlineData("[]", 0, "expected StartObject")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", 4, "not a readable")]
    [InlineData("{} {}", 0, "not a readable")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "should lie in bytes 0 to 4 of 3")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "bytes in all")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "should have 8 bytes, got 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "should lie in bytes 4 to 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "whole numbers of at least 0")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "type F8_E4M3")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9999999999,9999999999],\"data_offsets\":[0,4]}}", 4, "not a readable")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0,9999999999],\"data_offsets\":[0,0]}}", 0, "not a readable")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999,99999],\"data_offsets\":[0,4]}}", 4, "at most")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "at most 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "needs dtype, shape and two data_offsets")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8, "two tensors are named 'a'")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        4, "begins at byte 0 instead of 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "begins at byte 4 instead of 0")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", 0, "expected String")]
    public void A_damaged_header_is_named(string header, int data, string reason)
    {
        string path = Raw(header, data);
        string message = Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        if (header.Length > 0) Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused_before_any_memory_is_taken()
    {
        Assert.Contains("only 2 follow", Assert.Throws<InvalidDataException>(() => Safetensors.Read(Raw("{}", 0, ulong.MaxValue))).Message);
        Assert.Contains("only 2 follow", Assert.Throws<InvalidDataException>(() => Safetensors.Read(Raw("{}", 0, 3))).Message);
    }

    [Theory]
    [InlineData("F64", 8, "9A9999999999B93F", 0.1)]
    [InlineData("F32", 4, "0000C03F", 1.5)]
    [InlineData("F16", 2, "003E", 1.5)]
    [InlineData("F16", 2, "0100", 5.9604644775390625e-8)]      // the smallest subnormal, 2⁻²⁴
    [InlineData("F16", 2, "FF7B", 65504)]
    [InlineData("F16", 2, "00FC", double.NegativeInfinity)]
    [InlineData("BF16", 2, "C0BF", -1.5)]
    [InlineData("BF16", 2, "0100", 9.18354961579912115600575419705e-41)]
    [InlineData("BF16", 2, "807F", double.PositiveInfinity)]
    [InlineData("I64", 8, "FBFFFFFFFFFFFFFF", -5)]
    [InlineData("U64", 8, "FFFFFFFFFFFFFFFF", 18446744073709551615)]
    [InlineData("I32", 4, "FBFFFFFF", -5)]
    [InlineData("U32", 4, "FBFFFFFF", 4294967291)]
    [InlineData("I16", 2, "FBFF", -5)]
    [InlineData("U16", 2, "FBFF", 65531)]
    [InlineData("I8", 1, "FB", -5)]
    [InlineData("U8", 1, "FB", 251)]
    [InlineData("BOOL", 1, "01", 1)]
    public void All_types_are_converted(string type, int size, string value, double expected)
    {
        string path = Raw("{\"before\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + $"\"v\":{{\"dtype\":\"{type}\",\"shape\":[2],\"data_offsets\":[3,{3 + 2 * size}]}}}}", 3 + 2 * size);
        byte[] bytes = System.IO.File.ReadAllBytes(path);
        Convert.FromHexString(value).CopyTo(bytes, bytes.Length - size);
        Safetensors file = Safetensors.Read(bytes, path);
        Assert.Equal([0, expected], file.Doubles("v"));
        Assert.Equal([0, (float)expected], file.Floats("v"));
    }

    [Fact]
    public void A_model_saved_in_half_precision_and_with_scalars_of_one_axis_is_loaded()
    {
        var model = new Model(new Sequential(new Dense(2, 1, bias: false), new BatchNorm1d(1)), 1);
        string Entry(string name, string type, string shape, int begin, int end)
            => $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}";
        string path = Raw($"{{{Entry("0.weight", "F16", "[1,2]", 0, 4)},{Entry("1.weight", "BF16", "[1]", 4, 6)},"
            + $"{Entry("1.bias", "F64", "[]", 6, 14)},{Entry("1.running_mean", "F32", "[1]", 14, 18)},"
            + $"{Entry("1.running_var", "F32", "[1]", 18, 22)},{Entry("1.num_batches_tracked", "I64", "[1]", 22, 30)}}}", 30);
        byte[] bytes = System.IO.File.ReadAllBytes(path);
        Convert.FromHexString("003E00BE" + "C0BF" + "000000000000E03F" + "00000000" + "0000803F" + "0700000000000000")
            .CopyTo(bytes, bytes.Length - 30);
        System.IO.File.WriteAllBytes(path, bytes);
        model.Load(path);
        Assert.Equal([1.5f, -1.5f, -1.5f, 0.5f, 0, 1, 7], model.State.ToArray());
    }

    static Model Network(ulong seed)
        => new(new Sequential(("rnn", new Lstm(3, 2, bidirectional: true, lastStep: true)), ("bn", new BatchNorm1d(4)),
            ("head", new Dense(4, 3))), seed);

    [Fact]
    public void A_model_is_saved_under_the_names_of_PyTorch_and_loaded_with_its_buffers()
    {
        string path = File("m.safetensors");
        Model first = Network(1), second = Network(2);
        first.Buffers[0].Value[1] = 0.25f;
        first.Save(path, new Dictionary<string, string> { ["seed"] = "1" });
        Assert.Equal(["rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0", "rnn.weight_ih_l0_reverse",
            "rnn.weight_hh_l0_reverse",
            "rnn.bias_ih_l0_reverse", "rnn.bias_hh_l0_reverse", "bn.weight", "bn.bias", "head.weight", "head.bias",
            "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"], Safetensors.Read(path).Names);
        Assert.Equal("1", second.Load(path)["seed"]);
        Assert.Equal(first.State.ToArray(), second.State.ToArray());
        var x = new Tensor(2, 4, 3);
        x.Span.Fill(0.3f);
        Assert.Equal(first.Predict(x, first.Tape()).Span.ToArray(), second.Predict(x, second.Tape()).Span.ToArray());
    }

    [Fact]
    public void A_file_that_does_not_fit_changes_nothing_and_says_what_is_wrong()
    {
        string path = File("m.safetensors");
        Safetensors.Write(path, [("weight", new Shape(3, 2), new float[6]), ("extra", new Shape(1), [0])]);
        var model = new Model(new Dense(3, 2), seed: 1);
        float[] before = model.State.ToArray();
        string message = Assert.Throws<InvalidDataException>(() => model.Load(path)).Message;
        Assert.Contains("'weight': expected shape (2, 3), got (3, 2)", message);
        Assert.Contains("'bias' (2) is missing", message);
        Assert.Contains("'extra' is unexpected", message);
        Assert.Equal(before, model.State.ToArray());
        Assert.Throws<FileNotFoundException>(() => model.Load(File("none")));
        Assert.Throws<FileNotFoundException>(() => model.LoadPartial(File("none")));
        Assert.Throws<FileNotFoundException>(() => Model.FromFile(new Dense(3, 2), File("none")));
        Assert.Throws<DirectoryNotFoundException>(() => Model.FromFile(new Dense(3, 2), Path.Combine(folder, "none", "none")));
    }

    [Fact]
    public void What_is_written_can_be_read_or_is_refused_before()
    {
        Assert.Equal(Safetensors.MaxBytes, Array.MaxLength);
        string path = File("a.safetensors");
        float[] values = new float[1 << 24];       // 64 MiB, 32 times
        List<(string, Shape, float[])> tensors = [.. Enumerable.Range(0, 32).Select(i => ($"t{i}", new Shape(values.Length), values))];
        string message = Assert.Throws<ArgumentException>(() => Safetensors.Write(path, tensors)).Message;
        Assert.StartsWith($"{path}: expected tensors and texts that make at most {Safetensors.MaxBytes} bytes, got 21474", message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
        // Takes no room on the disk.
        using (FileStream stream = System.IO.File.Create(path)) stream.SetLength(Safetensors.MaxBytes + 1L);
        Assert.Equal($"{path}: expected at most {Safetensors.MaxBytes} bytes, got {Safetensors.MaxBytes + 1L}",
            Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message);
    }

    [Theory]
    [InlineData("U8")]
    [InlineData("BOOL")]
    [InlineData("I64")]
    public void Parameters_are_of_floating_point(string type)
    {
        int size = type == "I64" ? 8 : 1;
        string path = Raw($"{{\"weight\":{{\"dtype\":\"{type}\",\"shape\":[1,1],\"data_offsets\":[0,{size}]}}}}", size);
        string expected = $"{path}: does not fit the model: 'weight': expected a tensor of floating point, got {type}";
        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => Model.FromFile(new Dense(1, 1, bias: false), path)).Message);
        Assert.Equal(expected,
            Assert.Throws<InvalidDataException>(() => new Model(new Dense(1, 1, bias: false), 1).LoadPartial(path)).Message);
    }

    /// <summary>Packs its weights into more than an array holds.</summary>
    sealed class Huge : Layer
    {
        readonly Parameter weight;

        public Huge() => weight = Parameter("weight", new Shape(1), 0f);

        protected internal override void ParametersChanged() => GC.KeepAlive(new float[checked(int.MaxValue * (1 + weight.Shape.Count))]);

        public override Tensor Forward(Tensor x, Tape tape) => x;

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    [Fact]
    public void Weights_that_cannot_be_packed_are_refused_by_the_file_s_name()
    {
        string path = File("huge.safetensors");
        Safetensors.Write(path, [("weight", new Shape(1), [1f])]);
        Assert.StartsWith($"{path}: needs more memory", Assert.Throws<InvalidDataException>(() => Model.FromFile(new Huge(), path)).Message,
            StringComparison.Ordinal);
    }
}
