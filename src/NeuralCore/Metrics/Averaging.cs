namespace NeuralCore.Metrics;

/// <summary>How figures of several classes become one.</summary>
public enum Averaging
{
    /// <summary>Mean over the classes, each counting the same.</summary>
    Macro,

    /// <summary>Mean over the classes, each weighing what its true rows weigh.</summary>
    Weighted,

    /// <summary>One figure from the decisions of all classes together.</summary>
    Micro,
}
