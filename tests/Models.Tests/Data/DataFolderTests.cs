using NeuralCore.Models.Data;

namespace Models.Tests.Data;

public sealed class DataFolderTests : IDisposable
{
    const string OneRow = "open_time,open,high,low,close,volume\n2022-01-01T00:00:00Z,1,2,0.5,1.5,7\n";
    readonly TemporaryFolder folder = new();
    readonly Timeframe hour = Timeframe.Parse("1h");

    public void Dispose() => folder.Dispose();

    string Reason(Action act)
    {
        string message = Assert.Throws<InvalidDataException>(act).Message;
        Assert.StartsWith(folder.Path, message, StringComparison.Ordinal);
        return message;
    }

    [Fact]
    public void TheTenPairsAreFoundFromKlinesAndFromItsParent()
    {
        string data = SharedFolder.Require("data");
        var set = DataFolder.Find(data, hour);
        Assert.Equal(["ADA", "AVAX", "BNB", "BTC", "DOGE", "DOT", "ETH", "LINK", "SOL", "XRP"], set.Files.Select(f => f.Base));
        Assert.Equal(set.Files, DataFolder.Find(Path.Combine(data, "klines"), hour).Files);
        Assert.All(set.Files, f => Assert.EndsWith($"{f.Base}USDT/{f.Base}_1h.parquet", f.Path, StringComparison.Ordinal));
        Assert.Equal(2, set.Notes.Count);    // BTC and DOGE also have CSV files
        Assert.Equal(["BTCUSDT/BTC_15m_2025H1.parquet", "ETHUSDT/ETH_15m_2025H1.parquet"], set.Ignored);

        int read = 0;
        var loaded = set.Load(_ => read++, TestContext.Current.CancellationToken);
        Assert.Equal(10, read);
        Assert.All(loaded.Pairs, p => Assert.Equal(30335, p.Count));
        Assert.All(loaded.Reports, r => Assert.Equal(1, r.MissingCandles));
        Assert.Equal(loaded.Hash(), set.Load(cancellation: TestContext.Current.CancellationToken).Hash());
        Assert.Equal(["BTC", "ETH"], DataFolder.Find(data, Timeframe.Parse("15m")).Files.Select(f => f.Base));
    }

    [Fact]
    public void SymbolFoldersFlatFilesAndFormatsAreFound()
    {
        folder.Write("ETHBTC/ETH_1h.csv", OneRow);
        folder.Write("SOL_1h.csv", OneRow);
        folder.Write("SOL_1d.csv", OneRow);
        folder.Write("ADAUSDT/ADA_1h.csv", OneRow);
        folder.Write("ADAUSDT/ADA_1h.parquet", "not read here");
        folder.Write("ADAUSDT/ADAUSDT-1h.csv", OneRow);
        folder.Write("ADAUSDT/BTC_1h.csv", OneRow);
        folder.Write("BTC_1h_2025.parquet", OneRow);
        folder.Write("BTC_60m.csv", OneRow);
        folder.Write("readme.txt", "");
        var found = DataFolder.Find(folder.Path, hour);
        Assert.Equal(["ADA", "ETH", "SOL"], found.Files.Select(f => f.Base));
        Assert.Equal(["ADAUSDT", "ETHBTC", "SOLUSDT"], found.Files.Select(f => f.Symbol));
        Assert.EndsWith("ADA_1h.parquet", found.Files[0].Path, StringComparison.Ordinal);
        Assert.Contains("ADA_1h.parquet is read", Assert.Single(found.Notes), StringComparison.Ordinal);
        Assert.Equal(["ADAUSDT/ADAUSDT-1h.csv", "ADAUSDT/BTC_1h.csv", "BTC_1h_2025.parquet", "BTC_60m.csv"], found.Ignored);

        var two = DataFolder.Find(folder.Path, hour, ["sol", "ETH"]);
        Assert.Equal(["ETH", "SOL"], two.Files.Select(f => f.Base));
        var set = two.Load(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("ETHBTC", set.Pairs[0].Symbol);
        Assert.Equal(1.5, set.Pairs[1].Close[0]);
    }

    [Fact]
    public void WhatIsMissingIsNamed()
    {
        Assert.Contains("no such folder", Reason(() => DataFolder.Find(Path.Combine(folder.Path, "no"), hour)), StringComparison.Ordinal);
        Assert.Contains("timeframes there: none", Reason(() => DataFolder.Find(folder.Path, hour)), StringComparison.Ordinal);
        folder.Write("BTCUSDT/BTC_4h.csv", OneRow);
        folder.Write("BTCUSDT/BTC_15m.csv", OneRow);
        Assert.Contains("no candles of 1h", Reason(() => DataFolder.Find(folder.Path, hour)), StringComparison.Ordinal);
        Assert.Contains("timeframes there: 15m, 4h", Reason(() => DataFolder.Find(folder.Path, hour)), StringComparison.Ordinal);
        folder.Write("BTCUSDT/BTC_1h.csv", OneRow);
        Assert.Contains("for ETH, SOL; there are BTC", Reason(() => DataFolder.Find(folder.Path, hour, ["ETH", "BTC", "SOL"])),
            StringComparison.Ordinal);
        folder.Write("BTC_1h.csv", OneRow);
        Assert.Contains("more than one pair of BTC", Reason(() => DataFolder.Find(folder.Path, hour)), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadingStopsWhenCancelled()
    {
        folder.Write("BTCUSDT/BTC_1h.csv", OneRow);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => DataFolder.Find(folder.Path, hour).Load(cancellation: source.Token));
    }
}
