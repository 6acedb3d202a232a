using System.Text;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// Brings features to a common scale, bounded at ±<see cref="Limit"/>. What it needs to know of a feature is fitted on training rows only,
/// is saved as JSON with its <see cref="Kind"/>, and is rebuilt from it to the bit.
/// <code>
/// standard   (x - mean) / deviation                      <see cref="StandardScaler"/>
/// robust     (x - median) / interquartile range          <see cref="RobustScaler"/>
/// minmax     (x - minimum) / (maximum - minimum)         <see cref="MinMaxScaler"/>
/// rank       F(x), the share of training rows below x    <see cref="RankScaler"/>
/// normal     Φ⁻¹(F(x)), the same as a normal score       <see cref="RankScaler"/>
/// </code>
/// </summary>
public abstract record Scaler
{
    /// <summary>Bound of a scaled value: a lone outlier must not drown its window.</summary>
    public const float Limit = 5f;

    private protected Scaler() { }

    /// <summary>The names of all kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["standard", "robust", "minmax", "rank", "normal"];

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public abstract string Kind { get; }

    /// <summary>Number I of features.</summary>
    public abstract int Width { get; }

    /// <summary>Fits a standard scaler on the last candle of each of the given rows.</summary>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static StandardScaler Fit(Windows rows) => (StandardScaler)Fit(rows, "standard");

    /// <summary>Fits a scaler on the last candle of each of the given rows.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <exception cref="ArgumentException">There are no rows, or there is no such kind.</exception>
    public static Scaler Fit(Windows rows, string kind)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("scaler: expected training rows, got none");
        return kind switch
        {
            "standard" => StandardScaler.Of(rows),
            "robust" => RobustScaler.Of(rows),
            "minmax" => MinMaxScaler.Of(rows),
            "rank" => RankScaler.Of(rows, normal: false),
            "normal" => RankScaler.Of(rows, normal: true),
            _ => throw new ArgumentException(Unknown(kind)),
        };
    }

    /// <summary>Scales features (rows, I), row-major; NaN stays NaN, and an infinity becomes a bound.</summary>
    /// <exception cref="ArgumentException">The values are no whole number of rows.</exception>
    public float[] Apply(ReadOnlySpan<float> features)
    {
        float[] scaled = features.ToArray();
        ApplyTo(scaled);
        return scaled;
    }

    /// <summary>The same in place.</summary>
    internal void ApplyTo(Span<float> features)
    {
        int width = Width;
        if (features.Length % width != 0)
            throw new ArgumentException($"scaler '{Kind}': expected rows of {width} features, got {features.Length} values");
        for (int row = 0; row < features.Length; row += width)
            for (int f = 0; f < width; f++)
                features[row + f] = Math.Clamp((float)Scale(f, features[row + f]), -Limit, Limit);
    }

    /// <summary>The scaled value, before it is bounded, of a value of one feature.</summary>
    private protected abstract double Scale(int feature, double x);

    /// <summary>Writes the scaler as JSON; the file appears complete or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written; what was there stays.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NewFile.Write(path, WriteTo);
    }

    /// <summary>The content of the file that <see cref="Save"/> writes.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        WriteTo(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    void WriteTo(Stream stream) => JsonText.WriteObject(stream, json =>
    {
        json.WriteString("kind", Kind);
        Write(json);
    });

    private protected abstract void Write(Utf8JsonWriter json);

    /// <summary>Reads what <see cref="Save"/> wrote; a file that names no kind is of a standard scaler.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Number of features that it must have; null: any.</param>
    /// <exception cref="InvalidDataException">The file is missing or damaged, of an unknown kind or of another width.</exception>
    public static Scaler Load(string path, int? width = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using JsonDocument document = Predictor.ReadJson(path);
        return Read(document.RootElement, path, width);
    }

    /// <summary>Reads what <see cref="ToJson"/> gave.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Where it stands; it begins every error.</param>
    /// <param name="width">Number of features that it must have; null: any.</param>
    /// <exception cref="InvalidDataException">The text is damaged, or the scaler of an unknown kind or of another width.</exception>
    public static Scaler Parse(string json, string file, int? width = null)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement, file, width);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: is not valid JSON: {e.Message}", e);
        }
    }

    static Scaler Read(JsonElement json, string path, int? width)
    {
        try
        {
            string? kind = json.TryGetProperty("kind", out JsonElement named) ? named.GetString() : "standard";
            Scaler scaler = kind switch
            {
                "standard" => new StandardScaler(Numbers("mean"), Numbers("deviation")),
                "robust" => new RobustScaler(Numbers("median"), Numbers("range")),
                "minmax" => new MinMaxScaler(Numbers("minimum"), Numbers("range")),
                "rank" or "normal" => new RankScaler([.. Of("quantiles").EnumerateArray().Select(All)], kind == "normal"),
                _ => throw new FormatException(Unknown(kind)),
            };
            return scaler.Width == (width ?? scaler.Width) ? scaler
                : throw new FormatException($"scaler '{kind}': expected {width} features, got {scaler.Width}");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }

        JsonElement Of(string key) => Predictor.Property(json, key);
        double[] Numbers(string key) => All(Of(key));
        static double[] All(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetDouble())];
    }

    static string Unknown(string? kind) => $"scaler '{kind}': expected one of {string.Join(", ", Kinds)}";

    /// <summary>Requires of each feature where its zero lies, and its unit, which is given back.</summary>
    /// <exception cref="ArgumentException">There are no features, or a number is not as it must be.</exception>
    private protected static double[] Units(string kind, double[] zeros, double[] units, string zero, string unit)
    {
        ArgumentNullException.ThrowIfNull(zeros);
        ArgumentNullException.ThrowIfNull(units);
        if (zeros.Length == 0 || zeros.Length != units.Length)
            throw new ArgumentException($"scaler '{kind}': expected a {zero} and a {unit} of each of at least one feature, "
                + $"got {zeros.Length} and {units.Length}");
        for (int f = 0; f < units.Length; f++)
            if (!double.IsFinite(zeros[f]) || !(units[f] > 0) || !double.IsFinite(units[f]))
                throw new ArgumentException(FormattableString.Invariant(
                    $"scaler '{kind}': expected a finite {zero} and a positive {unit} of feature {f}, got {zeros[f]} and {units[f]}"));
        return units;
    }

    /// <summary>A feature's values in the last candle of each row, ascending.</summary>
    private protected static float[] Sorted(Windows rows, int feature)
    {
        int width = rows.InputShape[1];
        var values = new float[rows.Count];
        for (int row = 0; row < values.Length; row++) values[row] = rows.Window(row)[^(width - feature)];
        Array.Sort(values);
        return values;
    }

    /// <summary>The i-th of q quantiles of ascending values, at rank i (n - 1) / q from 0, linear between two values.</summary>
    private protected static double Quantile(ReadOnlySpan<float> ascending, int i, int q)
    {
        (long rank, long rest) = Math.DivRem((long)i * (ascending.Length - 1), q);
        double a = ascending[(int)rank];
        if (rest == 0) return a;
        double b = ascending[(int)rank + 1];
        return Math.Clamp(a + (b - a) * rest / q, a, b);
    }
}
