using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public sealed class HistoryTests
{
    [Fact]
    public void JsonHasStableNames()
    {
        var history = new History([new Epoch(1, 0.5, double.NaN, 0.01f), new Epoch(2, 0.25, double.PositiveInfinity, 0.005f)], "because");
        Assert.Equal("""
            {
              "bestEpoch": 2,
              "stopReason": "because",
              "epochs": [
                {
                  "epoch": 1,
                  "trainingLoss": 0.5,
                  "validationLoss": null,
                  "learningRate": 0.01
                },
                {
                  "epoch": 2,
                  "trainingLoss": 0.25,
                  "validationLoss": "Infinity",
                  "learningRate": 0.005
                }
              ]
            }

            """.ReplaceLineEndings("\n"), history.ToJson());
    }

    [Fact]
    public void EveryNumberReadsBackToTheSameBits()
    {
        var epochs = ArbMap.Default.GeneratorFor<(double, double, float)>().ArrayOf();
        Prop.ForAll(epochs.ToArbitrary(), numbers =>
        {
            Epoch[] all = [.. numbers.Select((n, i) => new Epoch(i + 1, n.Item1, n.Item2, float.IsFinite(n.Item3) ? n.Item3 : 0))];
            var history = new History(all, all.Length % 2 == 0 ? null : "\"quoted\"\n");
            History read = History.FromJson(history.ToJson());
            return read.Epochs.SequenceEqual(all) && read.StopReason == history.StopReason && read.BestEpoch == history.BestEpoch;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheBestEpochIsTheFirstLowestOrTheLastWithoutValidation()
    {
        Assert.Equal(0, Best());
        Assert.Equal(3, Best(double.NaN, double.NaN, double.NaN));
        Assert.Equal(2, Best(3, 1, 1));
        Assert.Equal(2, Best(double.NaN, 5, 6));

        static int Best(params double[] losses) => new History([.. losses.Select((loss, i) => new Epoch(i + 1, 1, loss, 1))]).BestEpoch;
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"epochs\": [], \"bestEpoch\": 0}")]
    [InlineData("{\"stopReason\": null, \"epochs\": [{\"epoch\": 2, \"trainingLoss\": 1, \"validationLoss\": 1, \"learningRate\": 1}]}")]
    [InlineData("{\"stopReason\": null, \"epochs\": [{\"epoch\": 1.5, \"trainingLoss\": 1, \"validationLoss\": 1, \"learningRate\": 1}]}")]
    [InlineData("{\"stopReason\": null, \"epochs\": [{\"epoch\": 1, \"trainingLoss\": \"low\", \"validationLoss\": 1, "
        + "\"learningRate\": 1}]}")]
    [InlineData("{\"stopReason\": 5, \"epochs\": []}")]
    public void OtherTextsAreRefused(string text) => Assert.Throws<InvalidDataException>(() => History.FromJson(text));

    [Fact]
    public void FilesAreNamedInErrors()
    {
        string path = Path.GetTempFileName();
        var history = new History([new Epoch(1, 0.1, 0.2, 0.3f)]);
        history.Save(path);
        Assert.Equal(history.Epochs, History.Load(path).Epochs);
        File.WriteAllText(path, "{}");
        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => History.Load(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }
}
