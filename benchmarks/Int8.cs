using System.Globalization;

namespace NeuralCore.Benchmarks;

/// <summary>What int8 weights make of the networks of the comparison: the size of the file, and the time of a prediction.</summary>
static class Int8
{
    static readonly int[] Batches = [1, 256];

    /// <summary>Prints a table in Markdown.</summary>
    public static void Measure(string filter)
    {
        Console.WriteLine("| network | parameters | bytes float32 | bytes int8 | ratio | batch | float32 us | int8 us | speed-up |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (Network network in Network.All.Where(network => network.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            var model = new Model(network.Build(), seed: 1);
            (long floats, long bytes) = (Bytes(model), Bytes(model.Quantize()));
            foreach (int batch in Batches)
            {
                var entry = new Entry(network.Name, "int8", batch, e => new Int8Inference(e, network));
                Case timed = entry.Open();
                timed.Check();
                double before = Peers.Median(network.Inference(batch, 1)), after = Peers.Median(entry, timed);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {network.Name} | {model.Count} | {floats} | {bytes} | {(double)bytes / floats:F3} | {batch} | {before:F1} "
                        + $"| {after:F1} | {before / after:F2} |"));
            }
        }
    }

    static long Bytes(Model model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"neuralcore-int8-{Environment.ProcessId}.safetensors");
        try
        {
            model.Save(path);
            return new FileInfo(path).Length;
        }
        finally
        {
            File.Delete(path);
        }
    }
}

/// <summary>Outputs of a batch with int8 weights.</summary>
sealed class Int8Inference(Entry entry, Network network) : NetworkCase(entry, network)
{
    /// <summary>Share of the root mean square of the outputs that rounding to whole numbers may change.</summary>
    const double MostDifferent = 0.2;

    InferenceSession? session;

    Tensor X => Tensor.From(Inputs, Batch, Network.Window[0], Network.Window[1]);

    public override double Flops => ForwardFlops;

    public override void Run() => (session ??= new InferenceSession(Layers.Quantize())).Predict(X);

    /// <summary>Near the float model: what the whole numbers must be to the bit, the tests say.</summary>
    public override void Check()
    {
        double[] expected = [.. new InferenceSession(Layers).Predict(X).Span.ToArray().Select(y => (double)y)];
        Run();
        Require("outputs", session!.Predict(X).Span, expected, MostDifferent);
    }
}
