namespace NeuralCore.Models.Tests;

/// <summary>Numbers that `python3 tests/Models.Tests/Tabular/golden.py` printed with scikit-learn 1.2.1.</summary>
public class GoldenModelTests
{
    static readonly int[] Shown = [0, 1, 499, 998, 999];

    [Fact]
    public void Boosted_numbers_are_those_of_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting { MaxIterations = 50, MaxLeafNodes = 8, L2Regularization = 0.5 }
            .Fit(new LabelledRows(PeerRows.X, PeerRows.Numbers));
        AreClose([1.3602333478591093, 0.7907219304141925, 1.9674158630725873, 0.8719127921827166, -0.3935995906418379], 1162.1214345943054,
            model.Predict(PeerRows.X), 1);
    }

    [Fact]
    public void Boosted_numbers_with_weights_and_a_depth_are_those_of_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting { MaxIterations = 50, MaxLeafNodes = 8, MaxDepth = 3, MinSamplesLeaf = 5 }
            .Fit(new LabelledRows(PeerRows.X, PeerRows.Numbers, PeerRows.Weights));
        AreClose([1.3167376911250155, 0.9041153543699867, 2.102817620685976, 0.810311856574928, -0.29827527514753205], 1166.9855699904174,
            model.Predict(PeerRows.X), 1);
    }

    [Fact]
    public void Boosted_classes_are_those_of_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting { MaxIterations = 50, MaxLeafNodes = 8, L2Regularization = 1 }
            .Fit(new LabelledRows(PeerRows.X, PeerRows.Two, 2));
        AreClose([0.9558450381297205, 0.1889575320195799, 0.9254533699861593, 0.252008084172569, 0.016217935614270977], 500.2547267413675,
            model.Predict(PeerRows.X), 2);
    }

    [Fact]
    public void Boosted_classes_with_weights_and_few_bins_are_those_of_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting { MaxIterations = 50, LearningRate = 0.05, MaxLeafNodes = 15, MaxBins = 32 }
            .Fit(new LabelledRows(PeerRows.X, PeerRows.Two, 2, PeerRows.Weights));
        AreClose([0.9074889317850949, 0.2051988087331436, 0.9574516035084123, 0.24080584006365435, 0.045167686484116086], 503.8600956768536,
            model.Predict(PeerRows.X), 2);
    }

    [Fact]
    public void Three_boosted_classes_are_those_of_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting
        {
            MaxIterations = 30,
            MaxLeafNodes = 6
        }.Fit(new LabelledRows(PeerRows.X, PeerRows.Three, 3));
        double[] p = model.Predict(PeerRows.X);
        AreClose([0.14882617585255326, 0.027620164429742782, 0.7130400434589117, 0.08256977066926696, 0.004164310165072506],
            240.51338415294487, p, 3);
        Assert.Equal(0.7861195538947482, p[1], 1e-6);
        Assert.Equal(90, model.TreeCount);
    }

    [Fact]
    public void Missing_values_go_where_they_go_in_the_peer()
    {
        BoostedTrees model = new HistogramGradientBoosting
        {
            MaxIterations = 40,
            MaxLeafNodes = 10
        }.Fit(new LabelledRows(PeerRows.Missing, PeerRows.Two, 2));
        AreClose([0.8165452723052227, 0.30299707082637994, 0.7632620608661235, 0.12266785581351951, 0.17936652571532175], 500.0039332335201,
            model.Predict(PeerRows.Missing), 2);
        AreClose([0.8368445785491321, 0.7012589332185959, 0.9747020296660266, 0.138334797869967, 0.04968879794277814], 530.9339705504028,
            model.Predict(PeerRows.Changed((_, f, v) => f == 1 ? float.NaN : v)), 2);
    }

    [Theory]
    [InlineData(1.0, false, new[] { -1.950233552, 0.891904238, 0.876291551, 1.131747491, -0.053590605 }, -0.005506165)]
    [InlineData(0.01, true, new[] { -0.991763339, 0.390421231, 0.424587681, 0.525524598, -0.055144222 }, 0.02195732)]
    public void Logistic_coefficients_are_those_of_the_peer(double c, bool weighted, double[] coefficients, double intercept)
    {
        LogisticModel model = new LogisticRegression { C = c }.Fit(new LabelledRows(PeerRows.Standardised, PeerRows.Two, 2,
            weighted ? PeerRows.Weights : []));
        for (int f = 0; f < coefficients.Length; f++) Assert.Equal(coefficients[f], model.Coefficients[f], 1e-5);
        Assert.Equal(intercept, model.Intercepts.Single(), 1e-5);
        Assert.True(model.Converged);
    }

    [Theory]
    [InlineData(false, new[] { 1.532601678, -0.692289083, -0.664722393, -0.954453807, 0.011639827, -0.216140182, -0.019564537,
        -0.012934093, -0.171079712,
        0.012192422, -1.316461496, 0.71185362, 0.677656486, 1.125533519, -0.023832249 }, new[] { 0.559851134, 0.449197105, -1.009048239 })]
    [InlineData(true, new[] { 1.600444593, -0.658321587, -0.722633871, -0.990574483, 0.040363714, -0.238586677, 0.023053325,
        0.001423518, -0.189670219,
        -0.01474263, -1.361857917, 0.635268262, 0.721210353, 1.180244702, -0.025621084 }, new[] { 0.548199791, 0.454325032, -1.002524823 })]
    public void Multinomial_coefficients_are_those_of_the_peer(bool weighted, double[] coefficients, double[] intercepts)
    {
        LogisticModel model = new LogisticRegression { C = 0.5 }.Fit(new LabelledRows(PeerRows.Standardised, PeerRows.Three, 3,
            weighted ? PeerRows.Weights : []));
        for (int i = 0; i < coefficients.Length; i++) Assert.Equal(coefficients[i], model.Coefficients[i], 2e-6);
        Assert.InRange(model.Iterations, 1, 8);   // quadratic convergence: the Hessian is right
        for (int k = 0; k < 3; k++) Assert.Equal(intercepts[k], model.Intercepts[k], 2e-6);
    }

    /// <summary>The last output of the shown rows, and its sum over all.</summary>
    static void AreClose(double[] expected, double sum, double[] predictions, int outputs)
    {
        for (int i = 0; i < Shown.Length; i++) Assert.Equal(expected[i], predictions[(Shown[i] + 1) * outputs - 1], 1e-6);
        Assert.Equal(sum, predictions.Where((_, at) => at % outputs == outputs - 1).Sum(), 1e-4);
    }
}
