using System.Text;
using System.Text.RegularExpressions;

namespace NeuralCore;

/// <summary>
/// How <see cref="Model.LoadPartial"/> treats what does not fit. The defaults are those of PyTorch's <c>strict=False</c>.
/// </summary>
public sealed record LoadOptions
{
    /// <summary>
    /// From a tensor's name in the file to a parameter's name in the model, or null to leave the tensor out; see <see cref="Rename"/>.
    /// </summary>
    public Func<string, string?> Keys { get; init; } = key => key;

    /// <summary>Whether parameters without a tensor keep their values, instead of an error.</summary>
    public bool AllowMissing { get; init; } = true;

    /// <summary>Whether tensors without a parameter are left out, instead of an error.</summary>
    public bool AllowUnexpected { get; init; } = true;

    /// <summary>Whether parameters whose tensor has another shape keep their values, instead of an error.</summary>
    public bool AllowOtherShapes { get; init; }

    /// <summary>
    /// A key map from rules of which the first that matches a name counts; other names stay. A star in <c>From</c> stands for any
    /// characters, and the stars of <c>To</c>, in order, for what they were: <c>("module.*", "*")</c> takes a prefix away,
    /// <c>("*", "encoder.*")</c> puts one before. Without a <c>To</c> the tensor is left out.
    /// </summary>
    /// <exception cref="ArgumentException">A rule's <c>To</c> has more stars than its <c>From</c>.</exception>
    public static Func<string, string?> Rename(params (string From, string? To)[] rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var compiled = rules.Select(rule =>
        {
            ArgumentException.ThrowIfNullOrEmpty(rule.From);
            if (rule.To?.Count(c => c == '*') > rule.From.Count(c => c == '*'))
                throw new ArgumentException($"key map: expected no more stars in '{rule.To}' than in '{rule.From}'");
            string pattern = $"^{string.Join("(.*)", rule.From.Split('*').Select(Regex.Escape))}$";
            return (Pattern: new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking),
                rule.To);
        }).ToArray();
        return key =>
        {
            foreach ((Regex pattern, string? to) in compiled)
                if (pattern.Match(key) is { Success: true } match) return to is null ? null : Fill(to, match);
            return key;
        };
    }

    static string Fill(string to, Match match)
    {
        var text = new StringBuilder();
        int star = 0;
        foreach (char c in to)
            if (c == '*') text.Append(match.Groups[++star].ValueSpan);
            else text.Append(c);
        return text.ToString();
    }
}
