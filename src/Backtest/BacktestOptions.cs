using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Candles to backtest on, and where they come from.</summary>
public sealed record BacktestData
{
    /// <summary>The pairs, all of one timeframe.</summary>
    public required IReadOnlyList<Candles> Pairs { get; init; }

    /// <summary>
    /// All pairs that were read, of which <see cref="Pairs"/> may be a part: what looks across pairs is computed from them. None where they
    /// are not the whole market.
    /// </summary>
    public IReadOnlyList<Candles> Market { get => field ?? Pairs; init; }

    /// <summary>One phrase for the report.</summary>
    public required string Description { get; init; }

    /// <summary>Hash of all columns; results are cached under it.</summary>
    public required string Hash { get; init; }

    /// <summary>Findings of the candle checks, for every pair.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> PairNotes { get; init; }

    /// <summary>Anything else the reader should know, for example files that were ignored.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Simulated markets only: for every pair and candle, the true probability that the next candle closes higher.</summary>
    public double[][]? BestProbability { get; init; }
}

/// <summary>What a backtest runs.</summary>
public sealed record BacktestOptions
{
    /// <summary><c>walkforward</c>, <c>split</c> or <c>week3</c>.</summary>
    public string Protocol { get; init; } = "walkforward";

    /// <summary>The models, in the order of the report.</summary>
    public IReadOnlyList<DirectionModel> Models { get; init; } = DirectionModel.Main;

    /// <summary>Whether models that these candles have no rows for (their window is too long, their target never known) are left out
    /// with a note; else they are an error.</summary>
    public bool LeaveOutModels { get; init; }

    /// <summary>How folds are cut.</summary>
    public FoldOptions Folds { get; init; } = new();

    /// <summary>What strategies pay on top of fees, and how much they hold; no training depends on it.</summary>
    public TradingOptions Trading { get; init; } = new();

    /// <summary>End of training for the split protocol, exclusive, µs since 1970 UTC.</summary>
    public long? TrainTo { get; init; }

    /// <summary>End of validation for the split protocol, exclusive.</summary>
    public long? ValidateTo { get; init; }

    /// <summary>End of the test for the split protocol, exclusive; null: the end of the data.</summary>
    public long? TestTo { get; init; }

    /// <summary>Whether each pair gets a model of its own instead of one model for all pairs.</summary>
    public bool PerPair { get; init; }

    /// <summary>Seed of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Trainings of each model that has randomness, from the seeds <see cref="Seed"/>, <see cref="Seed"/> + 1, ...: what the report says
    /// is about the first, and how far the others differ from it stands beside.
    /// </summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Jobs that run at the same time.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Folder in which finished jobs are kept, which several runs may share, also at the same time; null: nowhere.</summary>
    public string? JobFolder { get; init; }

    /// <summary>Whether finished jobs found in <see cref="JobFolder"/> are taken over.</summary>
    public bool Resume { get; init; }
}

/// <summary>How far a backtest is.</summary>
/// <param name="Job">Name of the job that this is about.</param>
/// <param name="Epoch">Its epoch; 0 when it starts, -1 when it is finished.</param>
/// <param name="Finished">Jobs finished so far.</param>
/// <param name="Total">Jobs in all.</param>
/// <param name="Fraction">Share of the work done, in [0, 1].</param>
/// <param name="Message">One line that says what happened.</param>
public sealed record BacktestProgress(string Job, int Epoch, int Finished, int Total, double Fraction, string Message)
{
    /// <summary>The epoch that is finished; null where this is about something else.</summary>
    public Epoch? Training { get; init; }

    /// <summary>Whether the job was found finished.</summary>
    public bool Reused { get; init; }

    /// <summary>Share of the work that was found finished; the rest of <see cref="Fraction"/> was done since the beginning.</summary>
    public double ReusedFraction { get; init; }
}
