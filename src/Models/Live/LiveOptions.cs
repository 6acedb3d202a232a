namespace NeuralCore.Models.Live;

/// <summary>What stands beside a model that serves.</summary>
public sealed record LiveOptions
{
    /// <summary>Folder of the model that answers where the first one cannot, best a <see cref="Boosting"/>; null: none.</summary>
    public string? Fallback { get; init; }

    /// <summary>Folder of a model whose predictions are logged but never answer; null: none.</summary>
    public string? Shadow { get; init; }

    /// <summary>File that gets a line for each prediction; null: none.</summary>
    public JsonLog? Log { get; init; }

    /// <summary>Gets what should be known once: that a model cannot be used, that the log cannot be written.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Tells the time of the log, and whether a candle has closed.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
