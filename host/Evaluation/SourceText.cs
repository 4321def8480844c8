using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;

namespace Ebb.Evaluation;

/// <summary>
/// Blends as people write them: <c>vector=1,transitions=.5</c>, and <c>popularity-half-life=7d</c> and the like beside
/// the weights. What is not named keeps its default.
/// </summary>
public static class SourceText
{
    public static string NameOf(SourceKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>False, with what is wrong, unless every part reads.</summary>
    public static bool TryParse(string text, out SourcePolicy policy, out string problem)
    {
        policy = SourcePolicy.VectorAlone;
        problem = "";
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || Set(policy, sides[0], sides[1]) is not { } next)
            {
                problem = $"'{part}' is no source and weight; write vector=1,transitions=.5,popularity-half-life=7d";
                return false;
            }

            policy = next;
        }

        return true;
    }

    /// <summary>What <see cref="TryParse"/> reads back.</summary>
    public static string Format(SourcePolicy policy) => string.Join(
        ',',
        Enum.GetValues<SourceKind>()
            .Where(kind => kind is not (SourceKind.Phase or SourceKind.Migration or SourceKind.Rule))
            .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{NameOf(kind)}={policy.Weight(kind):0.####}"))
            .Append("transition-half-life=" + DurationText.Format(policy.TransitionHalfLife))
            .Append("transition-gap=" + DurationText.Format(policy.TransitionGapMax))
            .Append("neighbour-half-life=" + DurationText.Format(policy.NeighbourHalfLife))
            .Append(string.Create(CultureInfo.InvariantCulture, $"neighbour-window={policy.NeighbourWindow}"))
            .Append("seed-half-life=" + DurationText.Format(policy.SeedHalfLife))
            .Append("popularity-half-life=" + DurationText.Format(policy.PopularityHalfLife))
            .Append("repeat-half-life=" + DurationText.Format(policy.RepeatHalfLife)));

    private static SourcePolicy? Set(SourcePolicy policy, string name, string value)
    {
        bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        bool isSpan = DurationText.TryParse(value, out TimeSpan span);
        return name switch
        {
            "vector" when isNumber => policy with { Vector = number },
            "transitions" when isNumber => policy with { Transitions = number },
            "neighbours" when isNumber => policy with { Neighbours = number },
            "popularity" when isNumber => policy with { Popularity = number },
            "repeats" when isNumber => policy with { Repeats = number },
            "encoder" when isNumber => policy with { Encoder = number },
            "neighbour-window" when isNumber => policy with { NeighbourWindow = (int)number },
            "transition-half-life" when isSpan => policy with { TransitionHalfLife = span },
            "transition-gap" when isSpan => policy with { TransitionGapMax = span },
            "neighbour-half-life" when isSpan => policy with { NeighbourHalfLife = span },
            "seed-half-life" when isSpan => policy with { SeedHalfLife = span },
            "popularity-half-life" when isSpan => policy with { PopularityHalfLife = span },
            "repeat-half-life" when isSpan => policy with { RepeatHalfLife = span },
            _ => null,
        };
    }
}
