using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// The functions that a recurrent node's <c>activations</c> name, in place on a run of values. Their arguments come from
/// <c>activation_alpha</c> and <c>activation_beta</c>, which are used up in order by the functions that have such an argument; one that is
/// left out has the default of ONNX Runtime.
/// </summary>
static class RecurrentActivation
{
    internal delegate void InPlace(Span<float> x);

    /// <summary>Functions of all directions, in order.</summary>
    /// <param name="node">The node.</param>
    /// <param name="directions">1 or 2.</param>
    /// <param name="standard">The functions of one direction where the node names none.</param>
    internal static InPlace[] Of(Node node, int directions, params string[] standard)
    {
        string[] names = node.Texts("activations") ?? [.. Enumerable.Repeat(standard, directions).SelectMany(s => s)];
        if (names.Length != standard.Length * directions)
            throw node.Error($"expected {standard.Length * directions} activations, got {names.Length}");
        var alphas = new Queue<float>(node.Reals("activation_alpha") ?? []);
        var betas = new Queue<float>(node.Reals("activation_beta") ?? []);
        return [.. names.Select(name => Named(node, name, alphas, betas))];
    }

    static InPlace Named(Node node, string name, Queue<float> alphas, Queue<float> betas)
    {
        string function = name.ToUpperInvariant();   // names are compared without case
        (float a, float b) = function switch
        {
            "LEAKYRELU" => (Next(alphas, 0.01f), 0),
            "THRESHOLDEDRELU" => (Next(alphas, 0), 0),
            "ELU" => (Next(alphas, 1), 0),
            "AFFINE" or "SCALEDTANH" => (Next(alphas, 0), Next(betas, 0)),
            "HARDSIGMOID" => (Next(alphas, 0.2f), Next(betas, 0.5f)),
            _ => (0f, 0f),
        };
        return function switch
        {
            "SIGMOID" => x => Kernels.Functions.Apply<Sigmoid>(x, x),
            "TANH" => x => Kernels.Functions.Apply<Tanh>(x, x),
            "RELU" => x => Kernels.Functions.Apply<Relu>(x, x),
            "SOFTPLUS" => x => Functions.Each(x, x, v => (float)Functions.Softplus(v)),
            "SOFTSIGN" => x => Functions.Each(x, x, v => v / (1 + Math.Abs(v))),
            "LEAKYRELU" => x => Functions.Each(x, x, v => v < 0 ? a * v : v),
            "THRESHOLDEDRELU" => x => Functions.Each(x, x, v => v > a ? v : 0),
            "ELU" => x => Functions.Each(x, x, v => v < 0 ? (float)(a * Functions.Expm1(v)) : v),
            "AFFINE" => x => Functions.Each(x, x, v => a * v + b),
            "SCALEDTANH" => x => Functions.Each(x, x, v => (float)(a * Math.Tanh(b * v))),
            "HARDSIGMOID" => x => Functions.Each(x, x, v => Math.Clamp(a * v + b, 0, 1)),
            _ => throw node.Error($"the activation '{name}' is not supported"),
        };
    }

    static float Next(Queue<float> arguments, float otherwise) => arguments.TryDequeue(out float next) ? next : otherwise;
}
