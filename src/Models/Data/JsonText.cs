using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralCore.Models.Data;

/// <summary>JSON as the commands on data files print it: indented, with letters of all scripts as they are.</summary>
public static class JsonText
{
    static readonly JsonWriterOptions Options = new()
    {
        Indented = true, NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
    };

    /// <summary>The text of one JSON value.</summary>
    /// <param name="write">Writes the value.</param>
    public static string Of(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options)) write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
