using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralCore.Models.Data;

/// <summary>JSON as files hold it and commands print it: indented, with lines that end in \n on every system.</summary>
public static class JsonText
{
    static readonly JsonWriterOptions InFiles = new() { Indented = true, NewLine = "\n" },
        Printed = InFiles with { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file of one object.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="write">Writes the object's properties.</param>
    public static void WriteObject(Stream stream, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var json = new Utf8JsonWriter(stream, InFiles);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }

    /// <summary>The text of one JSON value, with letters of all scripts as they are.</summary>
    /// <param name="write">Writes the value.</param>
    public static string Of(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Printed)) write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
