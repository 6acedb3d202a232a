namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static bool Losses(GoldenFile g)
    {
        KindIs(g, "cross_entropy", "bce_with_logits", "mse", "l1", "huber", "smooth_l1");
        if (g.Kind == "cross_entropy") Entropy(g);
        else if (g.Kind == "bce_with_logits") Binary(g);
        else OfErrors(g);
        return true;
    }

    /// <summary>Logits (N, C) or (N, C, L); with reduction none there is a loss for each sample, which is a row of ours.</summary>
    static void Entropy(GoldenFile g)
    {
        g.KnowsOnly("N", "C", "weights", "reduction", "extra", "smoothing", "ignore", "n_ignored", "probs");
        Assert.Equal(g.Configures("probs") && g.Flag("probs", false), g.Shape("targets") == g.Shape("x"));
        bool probabilities = g.Flag("probs", false);
        var loss = new CrossEntropy(g.Has("class_weights") ? g.Floats("class_weights") : [], g.Number("smoothing", 0),
            g.Configures("ignore") ? g.Integer("ignore") : -100, probabilities);
        Tensor x = ClassesLast(g.Tensor("x")), targets = probabilities ? ClassesLast(g.Tensor("targets")) : g.Tensor("targets");
        Tensor rows = x.Reshape(new Shape(x.Rows, x.Columns)), rowTargets = targets.Reshape(new Shape(x.Rows, targets.Count / x.Rows));
        CheckLoss(g, x.Rows, x.Columns, reduced: dX => (loss, x, targets, dX),
            one: row => (loss, rows.Part(row, 0, x.Columns), rowTargets.Part(row, 0, rowTargets.Columns)), gradient: dX => ClassesSecond(dX, g.Shape("x")));
    }

    /// <summary>(N, L, C) from (N, C, L); two axes stay.</summary>
    static Tensor ClassesLast(Tensor x)
    {
        if (x.Shape.Rank == 2) return x;
        (int N, int C, int L) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        var last = new Tensor(N, L, C);
        for (int n = 0; n < N; n++)
            for (int c = 0; c < C; c++)
                for (int l = 0; l < L; l++)
                    last.Span[(n * L + l) * C + c] = x.Span[(n * C + c) * L + l];
        return last;
    }

    /// <summary>(N, C, L) from (N, L, C); two axes stay.</summary>
    static Tensor ClassesSecond(Tensor x, Shape shape) => shape.Rank == 2 ? x : ClassesLast(x.Reshape(new Shape(shape[0], shape[2], shape[1])));

    static void Binary(GoldenFile g)
    {
        g.KnowsOnly("shape", "reduction", "soft", "pos_weight", "weight");
        Tensor x = g.Tensor("x"), targets = g.Tensor("targets");
        float[] positive = g.Has("pos_weight") ? g.Floats("pos_weight") : [1], weight = g.Has("weight") ? g.Floats("weight") : [];
        int columns = x.Columns;
        var loss = new BinaryCrossEntropy(positive, elementWeights: weight.Length > 0);
        // Our targets hold a row's element weights after its targets.
        Tensor both = weight.Length == 0 ? targets : Tensor.From(
            [.. Enumerable.Range(0, x.Rows).SelectMany(row => targets.Row(row).ToArray().Concat(weight[(row * columns)..((row + 1) * columns)]))], x.Rows, 2 * columns);
        CheckLoss(g, x.Count, 1, dX => (loss, x, both, dX), i =>
            (new BinaryCrossEntropy([positive[positive.Length == 1 ? 0 : i % columns]], weight.Length > 0), Tensor.From([x.Span[i]], 1, 1),
                Tensor.From(weight.Length > 0 ? [targets.Span[i], weight[i]] : [targets.Span[i]], 1, weight.Length > 0 ? 2 : 1)));
    }

    static void OfErrors(GoldenFile g)
    {
        g.KnowsOnly("fn", "shape", "reduction", "delta", "beta");
        Loss loss = g.Kind switch
        {
            "mse" => new Mse(),
            "l1" => new Mae(),
            "huber" => new Huber(g.Number("delta", 1)),
            _ => new SmoothL1(g.Number("beta", 1)),
        };
        Tensor x = g.Tensor("x"), targets = g.Tensor("targets");
        CheckLoss(g, x.Count, 1, dX => (loss, x, targets, dX), i => (loss, Tensor.From([x.Span[i]], 1, 1), Tensor.From([targets.Span[i]], 1, 1)));
    }

    /// <summary>
    /// Checks a mean or a sum over the whole batch (<paramref name="reduced"/>), or, without a reduction, each of <paramref name="count"/>
    /// losses of <paramref name="columns"/> predictions each (<paramref name="one"/>).
    /// </summary>
    static void CheckLoss(GoldenFile g, int count, int columns, Func<Tensor, (Loss Loss, Tensor X, Tensor Targets, Tensor DX)> reduced,
        Func<int, (Loss Loss, Tensor X, Tensor Targets)> one, Func<Tensor, Tensor>? gradient = null)
    {
        Tensor x = reduced(default).X, dX = new(x.Shape);
        double[] upstream = g.Values("dloss"), got = new double[count];
        string reduction = g.Text("reduction", "mean");
        if (reduction == "none")
            for (int i = 0; i < count; i++)
            {
                (Loss loss, Tensor part, Tensor target) = one(i);
                var dPart = new Tensor(part.Shape);
                got[i] = loss.Sum(part, target, upstream[i], dPart);
                dPart.Span.CopyTo(dX.Span.Slice(i * columns, columns));
            }
        else
        {
            Assert.Contains(reduction, (string[])["mean", "sum"]);
            (Loss loss, _, Tensor target, _) = reduced(dX);
            double weight = reduction == "mean" ? loss.Weight(target) : 1;
            got = [loss.Sum(x, target, upstream[0] / weight, dX) / weight];
            if (reduction == "mean") Assert.Equal(got[0], loss.Mean(x, target));
        }
        g.Check("loss", got);
        g.Check("grad.x", (gradient?.Invoke(dX) ?? dX).Span);
    }
}
