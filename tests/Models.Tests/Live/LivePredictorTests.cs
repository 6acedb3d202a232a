using System.Text.Json;
using System.Text.Json.Nodes;
using Models.Tests.Data;
using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models.Tests;

public sealed class LivePredictorTests : IDisposable
{
    const int Known = 1_400;     // candles before the first that is served

    static readonly Candles[] market = [.. FeatureMarket.Bases.Select((name, i) => FeatureMarket.Full(40 + i, Known + 100, name))];

    readonly TemporaryFolder folder = new();
    readonly List<string> notes = [];

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. DirectionModel.All.Select(m => m.Name)];

    string LogPath => folder.File("log.jsonl");

    JsonElement[] Log => [.. File.ReadAllLines(LogPath).Select(l => JsonDocument.Parse(l).RootElement)];

    // Heads of attention divide 8; 5 rectified units are easily all 0.
    static DirectionModel Small(string name)
        => SmallMarket.Model(name) is NetworkModel network && network.Settings.Any(s => s.Name == "hidden")
            ? network.With("hidden", 8) : SmallMarket.Model(name);

    static Predictor Fitted(DirectionModel model, ulong seed = 1)
    {
        MarketSeries[] series = MarketSeries.Of(market, model.FeatureSets);
        long start = market[0].OpenTime[0];
        Windows Rows(int from, int to) => Windows.Select(series, model.Window,
            (_, time) => time >= start + from * SmallMarket.Hour && time < start + to * SmallMarket.Hour);
        Predictor predictor = model.Create();
        predictor.Fit(Rows(1_000, 1_200), Rows(1_200, 1_260), new FitContext(seed));
        return predictor;
    }

    string Saved(string name, DirectionModel model, ulong seed = 1)
    {
        string path = folder.File(name);
        Fitted(model, seed).Save(path);
        return path;
    }

    LivePredictor Open(string model, string? fallback = null, string? shadow = null)
        => LivePredictor.Open(model,
            new LiveOptions { Fallback = fallback, Shadow = shadow, Log = new JsonLog(LogPath), Note = notes.Add });

    static LiveSession Follow(LivePredictor live, int known = Known) => live.Follow([.. market.Select(c => c.Part(..known))]);

    static Prediction Expected(string path, int end)
    {
        Predictor predictor = Predictor.Load(path);
        return predictor.Predict(MarketSeries.Of([.. market.Select(c => c.Part(..(end + 1)))], predictor.Model.FeatureSets)[0], end);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_candle_at_a_time_gives_the_bits_of_the_whole_series(string name)
    {
        DirectionModel model = Small(name).WithFeatures(FeatureSet.Named("extended"));
        string path = Saved("model", model);
        LivePredictor live = LivePredictor.Open(path);
        LiveSession session = Follow(live);
        MarketSeries series = MarketSeries.Of(market, live.Predictor.Model.FeatureSets)[1];
        Prediction[] whole = [.. Enumerable.Range(Known, 60).Select(t => live.Predictor.Predict(series, t))];
        for (int t = Known; t < Known + 60; t++)
        {
            foreach (Candles pair in market) session.Push(LiveCandle.Of(pair, t));
            LivePrediction answer = session.Predict(market[1].Symbol);
            Assert.Equal((market[1].Symbol, market[1].OpenTime[t], name), (answer.Symbol, answer.OpenTime, answer.Model));
            Assert.Equal(whole[t - Known], answer.Prediction);
            Assert.True(answer.Latency > TimeSpan.Zero && answer.Fallback is null && answer.Shadow is null);
        }
        Assert.True(whole.Distinct().Count() > 3);

        // Rows asked for together get the same, but where a model says that they depend on each other.
        (long first, long last) = (market[1].OpenTime[Known], market[1].OpenTime[Known + 59]);
        Prediction[] together = live.Predictor.Predict(
            Windows.Select([series], live.Predictor.Model.Window, (_, time) => time >= first && time <= last));
        Assert.Equal(live.Predictor.RowsDepend, !whole.SequenceEqual(together));
    }

    static Candles Bare(Candles c) => new()
    {
        Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime, Open = c.Open, High = c.High, Low = c.Low,
        Close = c.Close, Volume = c.Volume,
    };

    [Fact]
    public void What_a_shadow_or_fallback_lacks_is_its_problem_alone()
    {
        string model = Saved("model", Small("linear"));
        string wide = Saved("wide", Small("boosting").With("window", 120).WithFeatures(FeatureSet.Named("extended")));
        Candles[] bare = [.. market.Select(c => Bare(c.Part(..Known)))];
        LiveSession session = Open(model, wide, wide).Follow(bare);
        Assert.Contains("the fallback cannot be used", notes[0]);
        Assert.Contains("the shadow cannot be used", notes[1]);
        LivePrediction answer = session.Predict("ETHUSDT");
        Assert.Equal((Expected(model, Known - 1), (string?)null), (answer.Prediction, answer.Fallback));
        Assert.Contains("taker", answer.Shadow!.Problem);
        Assert.Contains("taker", Open(wide, model).Follow(bare).Predict("ETHUSDT").Fallback);
        Assert.Contains("taker", Assert.Throws<InvalidDataException>(() => Open(wide).Follow(bare)).Message);

        // Candles of another length.
        string quarter = folder.File("quarter");
        Fitted(Small("linear"), 2).Save(quarter, new Dictionary<string, string> { ["timeframe"] = "15m" });
        notes.Clear();
        Assert.Equal(Expected(model, Known - 1), Follow(Open(model, quarter)).Predict("ETHUSDT").Prediction);
        Assert.Contains("linear: expected candles of 15m, as the model was trained on, got 1h", Assert.Single(notes));
        Assert.Contains("of 15m", Follow(Open(quarter, model)).Predict("ETHUSDT").Fallback);

        // The same length in other words.
        string minutes = folder.File("minutes");
        Fitted(Small("linear"), 2).Save(minutes, new Dictionary<string, string> { ["timeframe"] = "60m" });
        Assert.Equal(Expected(minutes, Known - 1), Follow(Open(minutes)).Predict("ETHUSDT").Prediction);

        // A longer warm-up.
        LivePrediction soon = Open(model, shadow: wide).Follow([.. market.Select(c => c.Part(..100))]).Predict("ETHUSDT");
        Assert.Equal((Expected(model, 99), (string?)null), (soon.Prediction, soon.Fallback));
        Assert.Contains("with known features", soon.Shadow!.Problem);
    }

    [Fact]
    public void Features_across_pairs_are_those_of_the_models_own_pairs()
    {
        DirectionModel across = Small("linear").WithFeatures(FeatureSet.Named("extended"));
        string all = Saved("all", across), two = folder.File("two");
        Predictor ofTwo = Fitted(across, 2);
        ofTwo.Save(two, new Dictionary<string, string> { ["pairs"] = "ETH,BTC" });
        LiveSession session = Follow(Open(all, shadow: two), Known - 1);
        foreach (Candles pair in market) session.Push(LiveCandle.Of(pair, Known - 1));
        LivePrediction answer = session.Predict("ETHUSDT");
        Prediction Of(int pairs) => ofTwo.Predict(
            MarketSeries.Of([.. market[..pairs].Select(c => c.Part(..Known))], across.FeatureSets)[0], Known - 1);
        Assert.Equal((Expected(all, Known - 1), Of(2)), (answer.Prediction, answer.Shadow!.Prediction));
        Assert.NotEqual(Of(3), Of(2));
        LivePrediction other = session.Predict("SOLUSDT");
        Assert.Contains("expected one of ETHUSDT, BTCUSDT, got 'SOLUSDT'", other.Shadow!.Problem);
        Assert.Null(other.Fallback);
        LiveSession without = Open(Saved("plain", Small("linear")), shadow: two).Follow([market[0], market[2]]);
        Assert.Contains("got none of BTC", without.Predict("ETHUSDT").Shadow!.Problem);
    }

    [Fact]
    public void The_log_says_what_a_model_of_another_target_says()
    {
        DirectionModel model = DirectionModel.All.First(m => m.Judged != Target.Direction && m.Judged.NamesAt is null);
        LivePredictor live = Open(Saved("model", Small(model.Name)), shadow: Saved("linear", Small("linear")));
        Prediction p = Follow(live).Predict("ETHUSDT").Prediction;
        JsonElement line = Assert.Single(Log);
        Assert.Equal((model.Judged.Name, p.Up, p.Down), (line.GetProperty("target").GetString(), line.GetProperty("p_above").GetSingle(),
            line.GetProperty("p_below").GetSingle()));
        Assert.Equal(p.Up > p.Down ? model.Judged.Names.Above : model.Judged.Names.Below, line.GetProperty("call").GetString());
        Assert.False(line.TryGetProperty("p_up", out _));
        Assert.True(line.GetProperty("shadow").TryGetProperty("p_up", out _));
    }

    [Fact]
    public void A_fallback_that_predicts_something_else_is_none()
    {
        string model = Saved("linear", Small("linear")), other = Saved("volatility", Small("volatility"));
        LiveSession session = Follow(Open(model, other));
        Assert.Contains("expected a model that predicts direction, as linear does, got volatility", Assert.Single(notes));
        session.Push(LiveCandle.Of(market[0], Known + 10));     // after a gap
        Assert.Contains("got volatility", Assert.Throws<InvalidOperationException>(() => session.Predict("ETHUSDT")).Message);
    }

    [Theory]
    [InlineData("missing", "is missing")]
    [InlineData("no config", "config.json: is missing")]
    [InlineData("no weights", "model.safetensors: is missing")]
    [InlineData("no scaler", "scaler.json")]
    [InlineData("damaged config", "config.json: is not valid JSON")]
    [InlineData("damaged weights", "model.safetensors")]
    [InlineData("damaged scaler", "scaler.json")]
    [InlineData("newer", "expected format 1 or older, got 2")]
    [InlineData("metadata", "config.json: metadata: expected texts by name, got Number")]
    [InlineData("timeframe", "config.json: timeframe 'soon'")]
    [InlineData("pairs", "config.json: metadata: expected 'pairs' to be a text, got Array")]
    [InlineData("unknown model", "'v99'")]
    [InlineData("other weights", "model.safetensors")]
    public void The_fallback_answers_for_a_folder_that_cannot_be_used_and_the_log_says_why(string damage, string says)
    {
        string model = Saved("deep", Small("v3.2")), spare = Saved("boosting", Small("boosting")), other = Saved("other", Small("linear"));
        string In(string file) => Path.Combine(model, file);
        void Cut(string file) => File.WriteAllBytes(In(file), File.ReadAllBytes(In(file))[..(int)(new FileInfo(In(file)).Length / 2)]);
        void Config(string key, JsonNode value)
        {
            JsonNode config = JsonNode.Parse(File.ReadAllText(In("config.json")))!;
            config[key] = value;
            File.WriteAllText(In("config.json"), config.ToJsonString());
        }
        switch (damage)
        {
            case "missing": Directory.Delete(model, recursive: true); break;
            case "no config": File.Delete(In("config.json")); break;
            case "no weights": File.Delete(In("model.safetensors")); break;
            case "no scaler": File.Delete(In("scaler.json")); break;
            case "damaged config": Cut("config.json"); break;
            case "damaged weights": Cut("model.safetensors"); break;
            case "damaged scaler": Cut("scaler.json"); break;
            case "newer": Config("format", 2); break;
            case "metadata": Config("metadata", 7); break;
            case "timeframe": Config("metadata", new JsonObject { ["timeframe"] = "soon" }); break;
            case "pairs": Config("metadata", new JsonObject { ["pairs"] = new JsonArray("BTC") }); break;
            case "unknown model": Config("model", "v99"); break;
            case "other weights": File.Copy(Path.Combine(other, "model.safetensors"), In("model.safetensors"), overwrite: true); break;
        }
        LivePredictor live = Open(model, spare);
        Assert.Equal((spare, "boosting"), (live.Folder, live.Predictor.Model.Name));
        LivePrediction answer = Follow(live).Predict("ETHUSDT");
        Assert.Equal(Expected(spare, Known - 1), answer.Prediction);
        Assert.Equal("boosting", answer.Model);
        Assert.Contains(says, answer.Fallback);
        Assert.Contains(says, Assert.Single(notes));
        Assert.Contains(says, Log[0].GetProperty("fallback").GetString());
        Assert.Equal(answer.Fallback, Log[1].GetProperty("fallback").GetString());
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Open(model)).Message);
        string both = Assert.Throws<InvalidDataException>(() => Open(model, folder.File("nowhere/at/all"))).Message;
        Assert.Contains(says, both);
        Assert.Contains("nowhere", both);
    }

    [Fact]
    public void A_prediction_that_is_not_finite_or_that_throws_is_the_fallbacks()
    {
        string spare = Saved("boosting", Small("boosting").With("window", 4));
        var broken = (NetworkPredictor)Fitted(Small("linear"));
        Parameter weights = broken.Network.Parameters[0];
        for (int i = 0; i < weights.Value.Length; i++) weights.Value[i] = i % 2 == 0 ? 3e38f : -3e38f;
        broken.Network.ParametersChanged();
        broken.Save(folder.File("broken"));
        LivePrediction answer = Follow(Open(folder.File("broken"), spare)).Predict("ETHUSDT");
        Assert.Contains("linear: expected finite probabilities", answer.Fallback);
        Assert.Equal(Expected(spare, Known - 1), answer.Prediction);

        // After a gap the shorter window is there first.
        LiveSession session = Follow(Open(Saved("linear", Small("linear")), spare));
        for (int t = Known + 10; t < Known + 14; t++)
        {
            session.Push(LiveCandle.Of(market[0], t));
            if (t < Known + 13)
                Assert.Contains("fallback boosting", Assert.Throws<InvalidOperationException>(() => session.Predict("ETHUSDT")).Message);
        }
        Assert.Contains("expected 20 candles without a gap", session.Predict("ETHUSDT").Fallback);
        for (int t = Known + 14; t < Known + 30; t++) session.Push(LiveCandle.Of(market[0], t));
        Assert.Null(session.Predict("ETHUSDT").Fallback);
        Assert.Equal(3, Log.Count(l => l.TryGetProperty("error", out _)));
        Assert.Throws<ArgumentException>(() => session.Predict("NONE"));
    }

    [Fact]
    public void A_shadow_is_logged_and_never_answers_or_disturbs()
    {
        string model = Saved("model", Small("v3.2")), shadow = Saved("shadow", Small("linear"));
        LivePrediction answer = Follow(Open(model, shadow: shadow)).Predict("ETHUSDT");
        Assert.Equal(Expected(model, Known - 1), answer.Prediction);
        Assert.Equal((Expected(shadow, Known - 1), (string?)null), (answer.Shadow!.Prediction, answer.Shadow.Problem));
        JsonElement line = Assert.Single(Log), dark = line.GetProperty("shadow");
        Assert.Equal(["time", "symbol", "candle", "model", "p_down", "p_neutral", "p_up", "call", "confidence", "latency_us", "fallback",
            "shadow"], line.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("v3.2", "linear"), (line.GetProperty("model").GetString(), dark.GetProperty("model").GetString()));
        Assert.Equal(answer.Prediction.Up, line.GetProperty("p_up").GetSingle());
        Assert.Equal(answer.Shadow.Prediction!.Value.Up, dark.GetProperty("p_up").GetSingle());
        Assert.Equal(TimeText.ToIso(market[0].OpenTime[Known - 1]), line.GetProperty("candle").GetString());

        LivePrediction alone = Follow(Open(model, shadow: folder.File("not/there"))).Predict("ETHUSDT");
        Assert.Equal(answer.Prediction, alone.Prediction);
        Assert.Contains("is missing", alone.Shadow!.Problem);
        Assert.Contains("the shadow cannot be used", Assert.Single(notes));
        Assert.Contains("is missing", Log[^1].GetProperty("shadow").GetProperty("error").GetString());
    }

    [Fact]
    public void Predictions_go_on_without_a_log_and_it_is_said_once()
    {
        string model = Saved("model", Small("linear")), path = Path.Combine(folder.Path, "later", "log.jsonl");
        LivePredictor live = LivePredictor.Open(model, new LiveOptions { Log = new JsonLog(path), Note = notes.Add });
        LiveSession session = Follow(live);
        for (int i = 0; i < 3; i++) Assert.Equal(Expected(model, Known - 1), session.Predict("ETHUSDT").Prediction);
        Assert.Contains("predictions go on without the log", Assert.Single(notes));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        session.Predict("ETHUSDT");
        Assert.Single(File.ReadAllLines(path));
        Assert.Single(notes);
    }

    [Fact]
    public async Task A_load_during_a_swap_gives_one_model_or_the_other()
    {
        Predictor[] models = [Fitted(Small("v3.2"), 1), Fitted(Small("v3.2"), 2)];
        MarketSeries series = MarketSeries.Of(market, models[0].Model.FeatureSets)[0];
        Prediction[] said = [.. models.Select(m => m.Predict(series, Known))];
        Assert.NotEqual(said[0], said[1]);
        string path = folder.File("model");
        models[0].Save(path);
        using var stop = new CancellationTokenSource();
        Task swaps = Task.Run(() =>
        {
            for (int i = 1; !stop.IsCancellationRequested; i++)
            {
                models[i % 2].Save(path);
                Thread.Sleep(5);
            }
        }, TestContext.Current.CancellationToken);
        var seen = new HashSet<Prediction>();
        for (int i = 0; i < 100; i++) seen.Add(Predictor.Load(path).Predict(series, Known));
        await stop.CancelAsync();
        await swaps;
        Assert.All(seen, p => Assert.Contains(p, said));
    }

    [Theory]
    [InlineData("v3.1")]
    [InlineData("ensemble")]
    [InlineData("forest")]
    public void Sixteen_threads_on_one_model_get_what_one_gets(string name)
    {
        LivePredictor live = LivePredictor.Open(Saved("model", Small(name)));
        Prediction[] expected = Served(Follow(live));
        var got = new Prediction[16][];
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(i => new Thread(() => got[i] = Served(Follow(live))))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(got, predictions => Assert.Equal(expected, predictions));
        LiveSession shared = Follow(live);
        Assert.Equal(Enumerable.Repeat(shared.Predict("ETHUSDT").Prediction, 200),
            ParallelEnumerable.Range(0, 200).WithDegreeOfParallelism(16).Select(_ => shared.Predict("ETHUSDT").Prediction));

        static Prediction[] Served(LiveSession session) => [.. Enumerable.Range(Known, 40).Select(t =>
        {
            session.Push(LiveCandle.Of(market[0], t));
            return session.Predict("ETHUSDT").Prediction;
        })];
    }

    [Fact]
    public async Task A_session_that_several_threads_push_to_and_ask_gives_each_candle_its_prediction()
    {
        const int Last = Known + 99;
        string shadow = Saved("shadow", Small("linear").WithFeatures(FeatureSet.Named("extended")));
        var live = LivePredictor.Open(Saved("model", Small("v3.1")), new LiveOptions { Shadow = shadow });
        LiveSession session = Follow(live);
        MarketSeries[] series = MarketSeries.Of(market, live.Predictor.Model.FeatureSets);
        CancellationToken stop = TestContext.Current.CancellationToken;
        Task pushing = Task.WhenAll(market.Select(pair => Task.Run(() =>
        {
            for (int t = Known; t <= Last; t++) session.Push(LiveCandle.Of(pair, t));
        }, stop)));
        // The features of the model that answers do not look across pairs.
        Task asking = Task.WhenAll(Enumerable.Range(0, market.Length).Select(i => Task.Run(() =>
        {
            do
            {
                LivePrediction answer = session.Predict(market[i].Symbol);
                int t = Array.IndexOf(market[i].OpenTime, answer.OpenTime);
                Assert.Equal((live.Predictor.Predict(series[i], t), (string?)null), (answer.Prediction, answer.Fallback));
            }
            while (!pushing.IsCompleted);
        }, stop)));
        await Task.WhenAll(pushing, asking);
        Predictor dark = live.Models[1].Predictor;
        MarketSeries[] across = MarketSeries.Of(market, dark.Model.FeatureSets);
        for (int i = 0; i < market.Length; i++)
        {
            LivePrediction answer = session.Predict(market[i].Symbol);
            Assert.Equal((live.Predictor.Predict(series[i], Last), dark.Predict(across[i], Last)),
                (answer.Prediction, answer.Shadow!.Prediction!.Value));
        }
    }
}
