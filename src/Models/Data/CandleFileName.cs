using System.Text.RegularExpressions;

namespace NeuralCore.Models.Data;

/// <summary>What the name of a candle file says, as <c>BTC_1h.csv</c> or <c>BTCUSDT-15m-2022-01.parquet</c> do.</summary>
/// <param name="Base">What stands before the first underscore or hyphen, in the name's letter case: the base asset.</param>
/// <param name="Timeframe">The first part that is a timeframe; null where there is none.</param>
/// <param name="IsPlain">Whether the name is exactly <c>{BASE}_{TF}</c>, of letters and digits and with the timeframe in its shortest
/// form.</param>
public readonly partial record struct CandleFileName(string Base, Timeframe? Timeframe, bool IsPlain)
{
    /// <summary>Reads the name of a file.</summary>
    /// <param name="path">The file, whatever its folder and ending.</param>
    public static CandleFileName Of(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        string asset = name.Split('_', '-')[0];
        Timeframe? timeframe = Length().Match(name) is { Success: true } match ? Data.Timeframe.Parse(match.Groups[1].Value) : null;
        bool plain = timeframe is not null && asset.Length > 0 && asset.All(char.IsAsciiLetterOrDigit) && name == $"{asset}_{timeframe}";
        return new(asset, timeframe, plain);
    }

    [GeneratedRegex("[_-]([1-9][0-9]{0,3}[mhdw])(?=$|[_-])", RegexOptions.CultureInvariant)]
    private static partial Regex Length();
}
