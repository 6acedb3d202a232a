using NeuralCore.Onnx.Export;

namespace NeuralCore.Onnx;

/// <summary>
/// Writes models as ONNX files, which any ONNX runtime executes: every layer of NeuralCore and every model made of them, as it is in
/// inference (dropout does nothing, statistics are the running ones). The axes of the batch and of the time are open, except that the time
/// is fixed where a layer fixes it (<see cref="Flatten"/>, a <see cref="LayerNorm"/> over the time).
/// <code>
/// OnnxExport.Save(model, new Shape(60, 20), "model.onnx");     // x (batch, time, 20)
/// </code>
/// </summary>
public static class OnnxExport
{
    /// <summary>Name of the second input, where there is one.</summary>
    public const string LengthsInput = "lengths";

    /// <summary>Writes a model; the file appears whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="row">Sizes of one row of its input, without the batch: (time, features) for sequences.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="NotSupportedException">A layer is not one of NeuralCore's.</exception>
    /// <exception cref="ArgumentException">The model does not take such rows, or not with lengths.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Model model, Shape row, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OnnxFile.Write(path, ModelExport.Of(model, row, options ?? new OnnxExportOptions()));
    }

    /// <summary>The content of the file that <see cref="Save"/> writes.</summary>
    /// <inheritdoc cref="Save"/>
    public static byte[] ToBytes(Model model, Shape row, OnnxExportOptions? options = null)
        => Google.Protobuf.MessageExtensions.ToByteArray(ModelExport.Of(model, row, options ?? new OnnxExportOptions()));
}
