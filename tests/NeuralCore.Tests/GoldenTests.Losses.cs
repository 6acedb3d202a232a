namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void Losses(GoldenFile g)
    {
        KindIs(g, "cross_entropy", "bce_with_logits", "mse", "l1", "huber", "smooth_l1");
        if (g.Kind == "cross_entropy") Entropy(g);
        else if (g.Kind == "bce_with_logits") Binary(g);
        else OfErrors(g);
    }

    /// <summary>Logits (N, C) or (N, C, L...); with reduction none there is a loss for each sample, which is a row of ours.</summary>
    static void Entropy(GoldenFile g)
    {
        g.KnowsOnly("N", "C", "weights", "reduction", "extra", "smoothing", "ignore", "n_ignored", "probs");
        bool probabilities = g.Flag("probs", false);
        var loss = new CrossEntropy(g.Has("class_weights") ? g.Floats("class_weights") : [], g.Number("smoothing", 0),
            g.Configures("ignore") ? g.Integer("ignore") : -100, probabilities);
        Tensor x = ChannelsLast(g.Tensor("x")), targets = g.Tensor("targets");
        if (probabilities) targets = ChannelsLast(targets);
        else if (x.Shape.Rank == 3) targets = targets.Reshape(new Shape(x.Shape[0], x.Shape[1]));
        Tensor rows = x.Reshape(new Shape(x.Rows, x.Columns)), rowTargets = targets.Reshape(new Shape(x.Rows, targets.Count / x.Rows));
        CheckLoss(g, loss, x, targets, x.Rows, row => (loss, rows.Part(row, 0, x.Columns), rowTargets.Part(row, 0, rowTargets.Columns)),
            ChannelsLast);
    }

    static void Binary(GoldenFile g)
    {
        g.KnowsOnly("shape", "reduction", "soft", "pos_weight", "weight");
        Tensor x = g.Tensor("x"), targets = g.Tensor("targets");
        float[] positive = g.Has("pos_weight") ? g.Floats("pos_weight") : [1], weight = g.Has("weight") ? g.Floats("weight") : [];
        bool weighted = weight.Length > 0;
        for (int axis = 1; weighted && axis <= g.Shape("weight").Rank; axis++) Assert.Equal(x.Shape[-axis], g.Shape("weight")[-axis]);
        // Our targets hold a row's element weights after its targets.
        Tensor both = weighted ? new Tensor(x.Shape.WithLast(2 * x.Columns)) : targets;
        for (int i = 0; i < x.Count && weighted; i++)
        {
            both.Row(i / x.Columns)[i % x.Columns] = targets.Span[i];
            both.Row(i / x.Columns)[x.Columns + i % x.Columns] = Weight(i);
        }
        CheckLoss(g, new BinaryCrossEntropy(positive, weighted), x, both, x.Count, i =>
        {
            float[] target = weighted ? [targets.Span[i], Weight(i)] : [targets.Span[i]];
            return (new BinaryCrossEntropy([positive[i % x.Columns % positive.Length]], weighted), Tensor.From([x.Span[i]], 1, 1),
                Tensor.From(target, 1, target.Length));
        });

        float Weight(int i) => weight[i % weight.Length];   // fewer weights than elements are those of the last axes
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
        CheckLoss(g, loss, x, targets, x.Count, i => (loss, Tensor.From([x.Span[i]], 1, 1), Tensor.From([targets.Span[i]], 1, 1)));
    }

    /// <summary>Checks a mean or a sum over the whole batch, or, without a reduction, each of its losses: <paramref name="one"/>.</summary>
    static void CheckLoss(GoldenFile g, Loss loss, Tensor x, Tensor targets, int count, Func<int, (Loss Loss, Tensor X, Tensor Target)> one,
        Func<Tensor, Tensor>? gradient = null)
    {
        var dX = new Tensor(x.Shape);
        double[] upstream = g.Values("dloss"), got = new double[count];
        string reduction = g.Text("reduction", "mean");
        Assert.Contains(reduction, (string[])["mean", "sum", "none"]);
        if (reduction == "none")
            for (int i = 0; i < count; i++)
            {
                (Loss single, Tensor part, Tensor target) = one(i);
                var dPart = new Tensor(part.Shape);
                got[i] = single.Sum(part, target, upstream[i], dPart);
                dPart.Span.CopyTo(dX.Span[(i * part.Count)..]);
            }
        else
        {
            double weight = reduction == "mean" ? loss.Weight(targets) : 1;
            got = [loss.Sum(x, targets, upstream[0] / weight, dX) / weight];
            if (reduction == "mean") Assert.Equal(got[0], loss.Mean(x, targets));
        }
        g.Check("loss", got);
        g.Check("grad.x", (gradient?.Invoke(dX) ?? dX).Span);
    }
}
