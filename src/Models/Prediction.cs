namespace NeuralCore.Models;

/// <summary>Probabilities of the three classes for the next candle.</summary>
/// <param name="Down">Probability of DOWN.</param>
/// <param name="Neutral">Probability of NEUTRAL.</param>
/// <param name="Up">Probability of UP.</param>
public readonly record struct Prediction(float Down, float Neutral, float Up)
{
    /// <summary>The most probable class; NEUTRAL where it ties for that, or where UP and DOWN tie.</summary>
    public Direction Class => Up > Neutral && Up > Down ? Direction.Up : Down > Neutral && Down > Up ? Direction.Down : Direction.Neutral;

    /// <summary>The direction call that every row gets: the sign of p(up) - p(down); NEUTRAL only where they are equal.</summary>
    public Direction Call => Up > Down ? Direction.Up : Up < Down ? Direction.Down : Direction.Neutral;

    /// <summary>The largest probability.</summary>
    public float Confidence => Math.Max(Down, Math.Max(Neutral, Up));
}
