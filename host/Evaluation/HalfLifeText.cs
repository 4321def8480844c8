using Ebb.Engine.Interest;

namespace Ebb.Evaluation;

/// <summary>Half-lives as people write them: <see cref="DurationText"/>, the engine's own reader and writer.</summary>
public static class HalfLifeText
{
    /// <summary>False unless the text is a half-life of at least a millisecond.</summary>
    public static bool TryParse(string? text, out TimeSpan halfLife) => DurationText.TryParse(text, out halfLife);

    /// <summary>The text that <see cref="TryParse"/> reads back: the largest unit that divides it.</summary>
    public static string Format(TimeSpan halfLife) => DurationText.Format(halfLife);
}
