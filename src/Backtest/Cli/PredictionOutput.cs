using System.Globalization;
using System.Text;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// What a model says of candles, as a table and as JSON. A direction model gives the three probabilities and its call; one that is judged
/// on another target the probability that its value is over 0 and what that is called (<see cref="Target.Names"/>); forecast returns
/// follow, each with the price that it would mean.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Predictions">What the model says of each.</param>
/// <param name="Forecast">Forecast returns (rows, horizons); NaN where there is none.</param>
sealed record PredictionOutput(DirectionModel Model, Windows Rows, Prediction[] Predictions, float[] Forecast)
{
    static readonly string[] Three = ["down", "neutral", "up"];

    readonly (string Above, string Below)?[]?[] names =
        [.. Rows.Series.Select(series => Model.Judged.NamesAt is { } at ? at(series.Candles) : null)];

    /// <summary>Asks a model.</summary>
    public static PredictionOutput Of(Predictor predictor, Windows rows) =>
        new(predictor.Model, rows, predictor.Predict(rows), predictor.Model.Horizons.Count == 0 ? [] : predictor.Forecast(rows));

    /// <summary>One line a row.</summary>
    public TextTable Table()
    {
        bool own = Model.Judged != Target.Direction;
        var table = new TextTable(["<time", "<pair",
            .. own ? [Model.Judged.NamesAt is null ? $"P({Model.Judged.Names.Above})" : $"P({Model.Judged.Says})"] : Three,
            "<call", "confidence",
            .. Model.Horizons.SelectMany(horizon => new[] { $"return {Whole(horizon)} ahead", $"price {Whole(horizon)} ahead" })]);
        for (int i = 0; i < Predictions.Length; i++)
        {
            (Candles candles, int end, Prediction p) = At(i);
            string? call = own ? CallOf(i) : Name(p.Call);
            string[] said = call is null ? ["", "", ""]
                : [.. own ? [Format.Percent(p.Up)] : new[] { Format.Percent(p.Down), Format.Percent(p.Neutral), Format.Percent(p.Up) },
                    call, Format.Percent(own ? Math.Max(p.Up, p.Down) : p.Confidence)];
            table.Add([Format.Iso(candles.OpenTime[end]), candles.Base, .. said,
                .. Forecasts(i).SelectMany(f => Cells(f.Return, f.Price))]);
        }
        return table;

        static string[] Cells(double forecast, double price)
            => double.IsNaN(forecast) ? ["", ""] : [Format.Percent(forecast, 3), price.ToString("G7", CultureInfo.InvariantCulture)];
    }

    /// <summary>A document with an object a row.</summary>
    public string Json(Timeframe timeframe)
    {
        using var stream = new MemoryStream();
        JsonText.WriteObject(stream, json =>
        {
            json.WriteString("model", Model.Name);
            if (Model.Judged != Target.Direction) json.WriteString("target", Model.Judged.Name);
            json.WriteString("timeframe", timeframe.ToString());
            JsonScores.Each(json, "predictions", Enumerable.Range(0, Predictions.Length), row => Write(json, row));
        });
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    void Write(Utf8JsonWriter json, int row)
    {
        (Candles candles, int end, Prediction p) = At(row);
        json.WriteString("time", Format.Iso(candles.OpenTime[end]));
        json.WriteString("pair", candles.Base);
        if (Model.Judged == Target.Direction)
        {
            json.WriteNumber("p_down", p.Down);
            json.WriteNumber("p_neutral", p.Neutral);
            json.WriteNumber("p_up", p.Up);
            json.WriteString("call", Name(p.Call));
            json.WriteNumber("confidence", p.Confidence);
        }
        else if (CallOf(row) is { } call)
        {
            json.WriteNumber("p_above", p.Up);
            json.WriteNumber("p_below", p.Down);
            json.WriteString("call", call);
            json.WriteNumber("confidence", Math.Max(p.Up, p.Down));
        }
        else json.WriteNull("call");
        if (Model.Horizons.Count > 0) JsonScores.Each(json, "forecasts", Forecasts(row), forecast =>
        {
            json.WriteNumber("horizon", forecast.Horizon);
            if (double.IsNaN(forecast.Return))
            {
                json.WriteNull("return");
                json.WriteNull("price");
                return;
            }
            json.WriteNumber("return", forecast.Return);
            json.WriteNumber("price", forecast.Price);
        });
    }

    (Candles Candles, int End, Prediction Said) At(int row) =>
        (Rows.Series[Rows.Rows[row].Pair].Candles, Rows.Rows[row].End, Predictions[row]);

    /// <summary>
    /// What the target calls the likelier side; empty where both are as likely, null where it says nothing of the candle.
    /// </summary>
    string? CallOf(int row)
    {
        (int pair, int end) = Rows.Rows[row];
        return (names[pair] is { } at ? at[end] : Model.Judged.Names) is not { } sides ? null
            : Predictions[row] is var p && p.Up == p.Down ? "" : p.Up > p.Down ? sides.Above : sides.Below;
    }

    IEnumerable<(int Horizon, double Return, double Price)> Forecasts(int row)
    {
        (Candles candles, int end, _) = At(row);
        for (int h = 0; h < Model.Horizons.Count; h++)
        {
            double forecast = Forecast[row * Model.Horizons.Count + h];
            yield return (Model.Horizons[h], forecast, candles.Close[end] * (1 + forecast));
        }
    }

    static string Whole(int n) => n.ToString(CultureInfo.InvariantCulture);

    static string Name(Direction direction) => direction.ToString().ToUpperInvariant();
}
