namespace NeuralCore.Onnx.Import;

/// <summary>
/// Resize, and Upsample of old: the elements of each axis taken anew at another distance, the nearest one or a linear mixture of two. The
/// place x of an output i along an axis of n values that becomes m, with s = m / n or as given:
/// <code>
/// half_pixel            (i + ½) / s - ½, and so pytorch_half_pixel, but 0 where m is 1
/// align_corners         i·(n - 1) / (m - 1), 0 where m is 1
/// asymmetric            i / s
/// half_pixel_symmetric  (i + ½) / s - ½ + n / 2·(1 - m / (n·s))
/// </code>
/// </summary>
static class Resizing
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All => [("Resize", Resize), ("Upsample", Resize)];

    delegate float Place(int i, int from, int to, float scale);

    delegate int Rounding(float x, bool shrinks);

    static Kernel Resize(Node node)
    {
        bool old = node.Opset < 11, inherited = node.Op == "Upsample" && node.Opset < 9;
        string mode = node.Text("mode", "nearest");
        if (mode is not ("nearest" or "linear")) throw node.Error($"the mode '{mode}' is not supported");
        if (node.Flag("antialias", false)) throw node.Error("antialias is not supported");
        if (node.Text("keep_aspect_ratio_policy", "stretch") is not "stretch" and var policy)
            throw node.Error($"the policy '{policy}' is not supported");
        node.Ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");   // of other modes
        Place place = PlaceOf(node, old ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel"));
        Rounding round = RoundingOf(node, old ? "simple" : node.Text("nearest_mode", "round_prefer_floor"));
        float[]? listed = inherited ? node.Reals("scales") ?? throw node.Error("expected scales, got none") : null;
        long[]? some = node.Integers("axes");
        return call =>
        {
            OnnxTensor x = call[0];
            int[] axes = some is null ? [.. Enumerable.Range(0, x.Rank)] : call.Axes(some, x.Rank);
            float[]? scales = listed ?? (call.Optional<float>(old ? 1 : 2) is { Count: > 0 } given ? given.Values : null);
            int[] sizes = scales is null ? Constants.Sizes(call, call.Integers(3)) : [];
            if ((scales?.Length ?? sizes.Length) != axes.Length || scales is not null && scales.Any(s => !(s > 0)))
                throw call.Error($"expected {axes.Length} positive scales or sizes, "
                    + $"got {(scales is null ? call[3] : listed is null ? call[old ? 1 : 2] : "others")}");
            for (int i = 0; i < axes.Length; i++)
            {
                int n = x.Sizes[axes[i]];
                float scale = scales?[i] ?? (float)sizes[i] / n;
                double count = scales is null ? sizes[i] : Math.Floor((double)(n * scale));
                if (!(count <= int.MaxValue)) throw call.Error($"expected a possible size of axis {axes[i]}, got {count}");
                if (scale != 1)
                    x = Along(call, x, axes[i], (int)count, k => place(k, n, (int)count, scale),
                        mode == "linear" ? null : at => round(at, scale < 1));
            }
            return [x];
        };
    }

    static Place PlaceOf(Node node, string mode) => mode switch
    {
        "half_pixel" => (i, _, _, s) => (i + 0.5f) / s - 0.5f,
        "pytorch_half_pixel" => (i, _, to, s) => to > 1 ? (i + 0.5f) / s - 0.5f : 0,
        "align_corners" => (i, from, to, _) => to == 1 ? 0 : (float)i * (from - 1) / (to - 1),
        "asymmetric" => (i, _, _, s) => i / s,
        "half_pixel_symmetric" => (i, from, to, s) => from / 2f * (1 - to / (from * s)) + (i + 0.5f) / s - 0.5f,
        _ => throw node.Error($"coordinates '{mode}' are not supported"),
    };

    static Rounding RoundingOf(Node node, string mode) => mode switch
    {
        "round_prefer_floor" => (x, _) => x == (int)x + 0.5f ? (int)MathF.Floor(x) : (int)MathF.Round(x, MidpointRounding.AwayFromZero),
        "round_prefer_ceil" => (x, _) => (int)MathF.Floor(x) is var below && x - below >= 0.5f ? below + 1 : below,
        "floor" => (x, _) => (int)MathF.Floor(x),
        "ceil" => (x, _) => (int)MathF.Ceiling(x),
        "simple" => (x, shrinks) => shrinks ? (int)MathF.Ceiling(x) : (int)x,
        _ => throw node.Error($"the nearest_mode '{mode}' is not supported"),
    };

    /// <summary>y[…, i, …] = x[…, place(i), …], rounded to an element, or without a rounding between two of them.</summary>
    static OnnxTensor Along(Call call, OnnxTensor x, int axis, int size, Func<int, float> place, Func<float, int>? round)
    {
        OnnxTensor y = call.Like(x, [.. x.Sizes[..axis], size, .. x.Sizes[(axis + 1)..]]);
        (int outer, int n, int inner) = Reductions.Around(x, axis);
        if (n == 0 && y.Count > 0) throw call.Error($"expected values along axis {axis}, got {x}");
        for (int i = 0; i < size && y.Count > 0; i++)
        {
            float at = Math.Clamp(place(i), 0, n - 1);
            int below = Math.Clamp(round is null ? (int)at : round(place(i)), 0, n - 1), above = Math.Min(below + 1, n - 1);
            for (int row = 0; row < outer; row++)
                if (round is not null) Array.Copy(x.Data, (row * n + below) * inner, y.Data, (row * size + i) * inner, inner);
                else if (x is OnnxTensor<float> from && y is OnnxTensor<float> to)
                    for (int k = 0; k < inner; k++)
                    {
                        (float a, float b) = (from.Values[(row * n + below) * inner + k], from.Values[(row * n + above) * inner + k]);
                        to.Values[(row * size + i) * inner + k] = a + (b - a) * (at - below);
                    }
                else throw call.Error($"expected floats, got {x}");
        }
        return y;
    }
}
