using System.Diagnostics;
using System.Text.Json;

namespace NeuralCore.Tests;

/// <summary>
/// Weights go both ways between PyTorch's modules and the layers here, and both predict the same from them. Needs a python3 with torch
/// (Debian: python3-torch), which NEURALCORE_PYTHON may name; one process answers all cases.
/// </summary>
public sealed class PyTorchTests(PyTorchTests.Answers answers) : IClassFixture<PyTorchTests.Answers>
{
    /// <summary>
    /// PyTorch's module, ours, the shape of x, how PyTorch computes y from the module m and x (and lengths, where given), and the type of
    /// PyTorch's file. With Indices x holds whole numbers under that. A new layer joins by one line.
    /// </summary>
    sealed record Case(string Module, Func<Layer> Ours, Shape Input, string Call = "m(x)", string Type = "F32", int[]? Lengths = null,
        int Indices = 0)
    {
        public string Name => Type == "F32" ? Module : $"{Module} as {Type}";
    }

    /// <summary>PyTorch's way to run sequences of different lengths.</summary>
    const string Packed = "torch.nn.utils.rnn.pad_packed_sequence(m(torch.nn.utils.rnn.pack_padded_sequence(x, lengths.long(), "
        + "batch_first=True, enforce_sorted=False))[0], batch_first=True, total_length=x.shape[1])[0]";

    /// <summary>True at steps past the length, as PyTorch's masks of keys say it.</summary>
    const string Padding = "(torch.arange(x.shape[1]) >= lengths[:, None])";

    /// <summary>The mean over the steps of each length: what PyTorch gives past the length differs between its ways to compute.</summary>
    static string MeanOf(string y) => $"({y}).masked_fill({Padding}[..., None], 0).sum(1) / lengths[:, None]";

    static readonly Case[] Cases =
    [
        new("nn.Linear(5, 7)", () => new Dense(5, 7), new(4, 5)),
        new("nn.Linear(5, 7, bias=False)", () => new Dense(5, 7, bias: false), new(2, 3, 5)),
        new("nn.Linear(5, 7)", () => new Dense(5, 7), new(4, 5), Type: "F16"),
        new("nn.Linear(5, 7)", () => new Dense(5, 7), new(4, 5), Type: "BF16"),
        new("nn.Linear(5, 7)", () => new Dense(5, 7), new(4, 5), Type: "F64"),
        new("nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.5), nn.Sequential(nn.Linear(8, 3), nn.Sigmoid()))",
            () => new Sequential(new Dense(6, 8), Activation.Tanh(), new Dropout(0.5f),
                new Sequential(new Dense(8, 3), Activation.Sigmoid())), new(4, 6)),
        new("nn.Sequential(nn.Flatten(), nn.Linear(12, 3), nn.ReLU())",
            () => new Sequential(new Flatten(), new Dense(12, 3), Activation.Relu()), new(5, 4, 3)),
        new("nn.BatchNorm1d(3)", () => new BatchNorm1d(3), new(6, 3)),
        new("nn.BatchNorm1d(3, eps=0.01, momentum=0.5)", () => new BatchNorm1d(3, 0.01, 0.5), new(6, 3), Type: "F16"),
        new("nn.LSTM(3, 5, batch_first=True)", () => new Lstm(3, 5), new(2, 6, 3), "m(x)[0]"),
        new("nn.LSTM(3, 5, batch_first=True)", () => new Lstm(3, 5, lastStep: true), new(2, 6, 3), "m(x)[1][0][-1]", Type: "BF16"),
        new("nn.LSTM(4, 17, batch_first=True, bidirectional=True)", () => new Lstm(4, 17, bidirectional: true), new(7, 5, 4), "m(x)[0]"),
        new("nn.BatchNorm1d(3)", () => new BatchNorm1d(3), new(4, 5, 3), "m(x.transpose(1, 2)).transpose(1, 2)"),
        new("nn.LayerNorm(5)", () => new LayerNorm(5), new(2, 3, 5)),
        new("nn.LayerNorm((3, 5), eps=0.001)", () => new LayerNorm(new Shape(3, 5), 1e-3), new(2, 3, 5)),
        new("nn.Embedding(10, 4)", () => new Embedding(10, 4), new(3, 6), "m(x.long())", Indices: 10),
        new("nn.Sequential(nn.Linear(6, 9), nn.GELU(), nn.Linear(9, 8), nn.SiLU(), nn.ELU(), nn.LeakyReLU(0.2), nn.Softplus(), "
            + "nn.LogSoftmax(-1))",
            () => new Sequential(new Dense(6, 9), Activation.Gelu(), new Dense(9, 8), Activation.Silu(), Activation.Elu(),
                Activation.LeakyRelu(0.2), Activation.Softplus(), Activation.LogSoftmax()), new(4, 6)),
        new("nn.Sequential(nn.Linear(6, 9), nn.GELU(approximate='tanh'), nn.Linear(9, 5), nn.Softplus(3, 0.2), nn.Linear(5, 4), "
            + "nn.Softmax(-1))",
            () => new Sequential(new Dense(6, 9), Activation.Gelu(tanh: true), new Dense(9, 5), Activation.Softplus(3, 0.2),
                new Dense(5, 4), Activation.Softmax()), new(4, 6)),
        new("nn.ModuleList([nn.Linear(3, 5)])", () => new Sequential(new Dense(3, 5), new MaxOverTime()), new(2, 6, 3), "m[0](x).amax(1)"),
        new("nn.ModuleDict({'inner': nn.Linear(4, 4)})", () => new Residual(new Dense(4, 4)), new(2, 3, 4), "x + m['inner'](x)"),
        new("nn.ModuleList([nn.Linear(4, 3), nn.Linear(4, 2)])", () => new Concat(new Dense(4, 3), new Dense(4, 2)), new(5, 4),
            "torch.cat([m[0](x), m[1](x)], 1)"),
        new("nn.Embedding(6, 4)", () => new LearnedPositions(6, 4), new(2, 5, 4), "x + m.weight[:5]"),
        new("nn.LSTM(3, 5, num_layers=2, bias=False, dropout=0.3, batch_first=True)",
            () => new Lstm(3, 5, layers: 2, bias: false, dropout: 0.3f), new(2, 6, 3), "m(x)[0]"),
        new("nn.LSTM(3, 5, num_layers=2, batch_first=True, bidirectional=True)", () => new Lstm(3, 5, layers: 2, bidirectional: true),
            new(4, 6, 3), Packed, Lengths: [6, 2, 1, 4]),
        new("nn.GRU(3, 5, num_layers=3, batch_first=True)", () => new Gru(3, 5, layers: 3), new(2, 6, 3), "m(x)[0]"),
        new("nn.GRU(4, 17, num_layers=2, batch_first=True, bidirectional=True)", () => new Gru(4, 17, layers: 2, bidirectional: true),
            new(4, 6, 4), Packed, Lengths: [3, 6, 1, 5]),
        new("nn.MultiheadAttention(8, 2, batch_first=True)", () => new MultiHeadAttention(8, 2), new(3, 5, 8), "m(x, x, x)[0]"),
        new("nn.MultiheadAttention(8, 4, bias=False, batch_first=True)",
            () => new MultiHeadAttention(8, 4, bias: false, causal: true), new(3, 5, 8),
            "m(x, x, x, attn_mask=torch.ones(5, 5).triu(1).bool())[0]"),
        new("nn.ModuleList([nn.MultiheadAttention(8, 2, batch_first=True)])",
            () => new Sequential(new MultiHeadAttention(8, 2), new MeanOverTime()), new(4, 5, 8),
            MeanOf($"m[0](x, x, x, key_padding_mask={Padding})[0]"), Lengths: [5, 2, 1, 4]),
        new("nn.ModuleList([nn.MultiheadAttention(6, 3, batch_first=True)])",
            () => new Sequential(new MultiHeadAttention(6, 3, causal: true), new MeanOverTime()), new(3, 4, 6),
            MeanOf($"m[0](x, x, x, key_padding_mask={Padding}, attn_mask=torch.ones(4, 4).triu(1).bool())[0]"), Lengths: [2, 4, 3]),
        new("nn.MultiheadAttention(8, 2, batch_first=True)", () => new Cross(new MultiHeadAttention(8, 2), queries: 2), new(3, 6, 8),
            "m(x[:, :2], x[:, 2:], x[:, 2:])[0]"),
        new("nn.MultiheadAttention(8, 4, batch_first=True)",
            () => new Cross(new MultiHeadAttention(8, 4), queries: 3, 4, 1, 2), new(3, 7, 8),
            "m(x[:, :3], x[:, 3:], x[:, 3:], key_padding_mask=torch.arange(4) >= torch.tensor([[4], [1], [2]]))[0]"),
        new("nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)", () => new TransformerEncoderLayer(8, 2, 16), new(3, 5, 8)),
        new("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, activation='gelu', norm_first=True, batch_first=True), 2, "
            + "nn.LayerNorm(8))",
            () => new TransformerEncoder(2, 8, 2, 16, activation: FeedForwardActivation.Gelu, normFirst: true, finalNorm: true),
            new(3, 5, 8)),
        new("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 4, 12, batch_first=True), 3)",
            () => new TransformerEncoder(3, 8, 4, 12, causal: true), new(3, 5, 8), "m(x, mask=torch.ones(5, 5).triu(1).bool())"),
        new("nn.ModuleList([nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, activation='gelu', batch_first=True), 2)])",
            () => new Sequential(new TransformerEncoder(2, 8, 2, 16, activation: FeedForwardActivation.Gelu), new MeanOverTime()),
            new(4, 6, 8), MeanOf($"m[0](x, src_key_padding_mask={Padding})"), Lengths: [3, 6, 1, 4]),
        new("nn.ModuleList([nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, norm_first=True, batch_first=True), 2, "
            + "nn.LayerNorm(8))])",
            () => new Sequential(new TransformerEncoder(2, 8, 2, 16, normFirst: true, finalNorm: true), new MeanOverTime()), new(4, 6, 8),
            MeanOf($"m[0](x, src_key_padding_mask={Padding})"), Lengths: [3, 6, 1, 4]),
        new("nn.LSTM(4, 3, batch_first=True, bidirectional=True)", () => new Lstm(4, 3, bidirectional: true, lastStep: true), new(3, 5, 4),
            "torch.cat(list(m(x)[1][0]), 1)"),
        new("nn.GRU(4, 3, batch_first=True, bidirectional=True, bias=False)",
            () => new Gru(4, 3, bidirectional: true, bias: false, lastStep: true), new(3, 5, 4),
            "torch.cat(list(m(torch.nn.utils.rnn.pack_padded_sequence(x, lengths.long(), batch_first=True, enforce_sorted=False))[1]), 1)",
            Lengths: [2, 5, 1]),
    ];

    public static TheoryData<int, string> Names => [.. Cases.Select((c, i) => (i, $"{c.Name}: {c.Call}"))];

    static string File(int index, string suffix) => $"case{index}.{suffix}";

    static Tensor X(int index)
    {
        Case c = Cases[index];
        Tensor x = Draw.Tensor((ulong)index, Enumerable.Range(0, c.Input.Rank).Select(a => c.Input[a]).ToArray());
        if (c.Indices > 0)
            foreach (ref float value in x.Span) value = MathF.Floor((value + 1) / 2 * c.Indices);
        return c.Lengths is null ? x : x.WithLengths(c.Lengths);
    }

    static Model Ours(int index)
    {
        var model = new Model(Cases[index].Ours(), seed: 1);
        foreach (Parameter buffer in model.Buffers) buffer.Value.Fill(0.75f);      // statistics that are not the first ones
        return model;
    }

    /// <summary>What python3 made of all cases.</summary>
    public sealed class Answers : IDisposable
    {
        public Answers()
        {
            var cases = Cases.Select((c, i) => new Dictionary<string, string>
            {
                ["name"] = $"case{i}", ["module"] = c.Module,
                ["call"] = c.Call, ["dtype"] = c.Type
            });
            System.IO.File.WriteAllText(Path.Combine(Folder, "cases.json"), JsonSerializer.Serialize(cases));
            for (int i = 0; i < Cases.Length; i++)
            {
                Tensor x = X(i);
                Ours(i).Save(Path.Combine(Folder, File(i, "ours.safetensors")));
                List<(string, Shape, float[])> inputs = [("x", x.Shape, [.. x.Span])];
                if (x.HasLengths) inputs.Add(("lengths", new Shape(x.Lengths.Length), [.. Cases[i].Lengths!.Select(l => (float)l)]));
                Safetensors.Write(Path.Combine(Folder, File(i, "in.safetensors")), inputs);
            }
            string named = Environment.GetEnvironmentVariable("NEURALCORE_PYTHON") ?? "";
            if ((named.Length > 0 ? (string[])[named] : ["python3", "/usr/bin/python3"]).Any(Ran)) Missing = null;
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("pytorch").FullName;

        /// <summary>Why there are no answers; null if there are.</summary>
        public string? Missing { get; private set; } = "no python3 with torch (Debian: apt-get install python3-torch)";

        bool Ran(string python)
        {
            var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "pytorch.py"),
                Folder])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                using Process process = Process.Start(start)!;
                Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
                if (!process.WaitForExit(TimeSpan.FromMinutes(5))) process.Kill();
                process.WaitForExit();
                if (process.ExitCode is 0 or 3) return process.ExitCode == 0;
                throw new InvalidOperationException($"{python}: exit code {process.ExitCode}: {output.Result} {errors.Result}");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;      // there is no such program
            }
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    string Answer(int index, string suffix)
    {
        if (answers.Missing is not null) Assert.Skip(answers.Missing);
        string error = Path.Combine(answers.Folder, File(index, "error"));
        if (System.IO.File.Exists(error)) Assert.Fail(System.IO.File.ReadAllText(error));
        return Path.Combine(answers.Folder, File(index, suffix));
    }

    /// <summary>Sums of up to some hundred products in another order: 1e-5 of the largest value.</summary>
    static void Close(string name, double[] expected, Tensor actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        double limit = 1e-5 * expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual.Span[i]) <= limit, $"{name}: element {i}: expected {expected[i]:R}, "
                + $"got {actual.Span[i]:R}, limit {limit:G2}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PyTorch_loads_our_weights_and_predicts_the_same(int index, string name)
    {
        Safetensors output = Safetensors.Read(Answer(index, "out.safetensors"));
        Model model = Ours(index);
        Close(name, output.Doubles("y"), model.Predict(X(index), model.Tape()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void We_load_PyTorch_s_weights_and_predict_the_same(int index, string name)
    {
        Safetensors output = Safetensors.Read(Answer(index, "out.safetensors"));
        Model model = Ours(index);
        float[] before = [.. model.State];
        model.Load(Answer(index, "theirs.safetensors"));
        Assert.True(before.Length == 0 || !before.AsSpan().SequenceEqual(model.State));
        Close(name, output.Doubles("y_theirs"), model.Predict(X(index), model.Tape()));
    }
}
