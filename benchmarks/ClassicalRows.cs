using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using NeuralCore.Models;

namespace NeuralCore.Benchmarks;

/// <summary>
/// Rows of two classes, of which the first train and the others judge; as files x.npy, z.npy and y.npy they are the peers' too.
/// </summary>
/// <param name="X">Features as they are, which trees see.</param>
/// <param name="Z">The same scaled, which logistic regression sees.</param>
/// <param name="Y">Class of each row.</param>
/// <param name="Training">Rows that train.</param>
sealed partial record ClassicalRows(FeatureMatrix X, FeatureMatrix Z, int[] Y, int Training)
{
    const int Features = 25;

    /// <summary>
    /// Made-up rows with a weak nonlinear signal: 25 features, of which seven are others with noise and one has few distinct values. A
    /// quarter as many as train judge.
    /// </summary>
    public static ClassicalRows Made(int training)
    {
        var random = new CounterRandom(6, 0);
        int rows = training + training / 4;
        var x = new float[rows * Features];
        var y = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = x.AsSpan(i * Features, Features);
            for (int f = 0; f < Features; f++) row[f] = (float)random.NextNormal();
            for (int f = 18; f < Features; f++) row[f] = 0.8f * row[f - 18] + 0.6f * row[f];
            double z = 0.1 * row[0] + 0.15 * row[1] * row[2] + (Math.Abs(row[3]) > 1.5 ? 0.4 : -0.06)
                - (row[4] > 0.5 && row[5] < 0 ? 0.3 : -0.05);
            y[i] = random.NextDouble() < 1 / (1 + ScalarMath.Exp(-z)) ? 1 : 0;
            row[17] = MathF.Round(row[17] * 4) / 4;   // few distinct values
        }
        var features = new FeatureMatrix(x, Features);
        return new(features, features, y, training);
    }

    /// <summary>Rows from x.npy, z.npy (float32) and y.npy (int32).</summary>
    /// <exception cref="InvalidDataException">A file is not as it must be.</exception>
    public static ClassicalRows Read(string folder, int training)
    {
        (float[] x, int features) = Npy<float>(Path.Combine(folder, "x.npy"), "<f4");
        (float[] z, int scaled) = Npy<float>(Path.Combine(folder, "z.npy"), "<f4");
        (int[] y, _) = Npy<int>(Path.Combine(folder, "y.npy"), "<i4");
        return x.Length == z.Length && features == scaled && x.Length == (long)y.Length * features && training < y.Length
            ? new(new FeatureMatrix(x, features), new FeatureMatrix(z, features), y, training)
            : throw new InvalidDataException($"{folder}: expected over {training} rows of equal shapes in x.npy and z.npy, "
                + $"and as many in y.npy, got {x.Length / features} x {features}, {z.Length / scaled} x {scaled}, and {y.Length}");
    }

    /// <summary>Writes x.npy, z.npy and y.npy.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, FeatureMatrix values) in new[] { ("x.npy", X), ("z.npy", Z) })
            WriteNpy(Path.Combine(folder, name), "<f4", [Y.Length, X.Features], MemoryMarshal.AsBytes(values.Values.Span));
        WriteNpy(Path.Combine(folder, "y.npy"), "<i4", [Y.Length], MemoryMarshal.AsBytes<int>(Y));
    }

    /// <summary>The values of a file in NumPy's format 1.0 and of its last dimension. Source: numpy.lib.format.</summary>
    static (T[] Values, int Columns) Npy<T>(string path, string type) where T : struct
    {
        byte[] bytes = File.ReadAllBytes(path);
        int length = bytes.Length < 10 ? 0 : bytes[8] | bytes[9] << 8;
        string header = bytes.Length < 10 + length ? "" : Encoding.ASCII.GetString(bytes, 10, length);
        Match shape = LastDimension().Match(header);
        if (!bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8, 1])
            || !header.Contains($"'{type}'", StringComparison.Ordinal)
            || !header.Contains("'fortran_order': False", StringComparison.Ordinal) || !shape.Success)
            throw new InvalidDataException($"{path}: expected NumPy's format 1.0 with rows of {type}, got '{header.Trim()}'");
        return (MemoryMarshal.Cast<byte, T>(bytes.AsSpan(10 + length)).ToArray(),
            int.Parse(shape.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(\d+),?\)")]
    private static partial Regex LastDimension();

    static void WriteNpy(string path, string type, int[] shape, ReadOnlySpan<byte> data)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': "
            + $"({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}";
        header = header.PadRight((header.Length + 11 + 63) / 64 * 64 - 11) + '\n';
        using FileStream file = File.Create(path);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length & 255), (byte)(header.Length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header));
        file.Write(data);
    }
}
