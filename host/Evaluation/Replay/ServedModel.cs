using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// What the engine is asked to serve with: the half-life of its one exponential, and the blend; or a bank and a whole
/// policy in their place.
/// </summary>
public sealed record ServedModel(TimeSpan HalfLife, SourcePolicy Sources)
{
    private const int DefaultReRankCount = 100;

    /// <summary>Every list is a scan's own, made anew.</summary>
    public static readonly ServingPolicy ExactLists = new()
    {
        // Any drift is at or above this, and a λ of 1 is relevance alone: the list is the scan's own, ties included
        // (a refresh would let a shown item stay in place of an equal one).
        ShiftFrom = -1,
        KeepBelow = -1,
        DiversityLambda = 1,
        RefreshTolerance = 0,
        CandidateFactor = 1,
    };

    /// <summary>What else shapes the memory; its half-lives and event types are not used. Null: the defaults.</summary>
    public MemorySchema? Memory { get; init; }

    /// <summary>The bank; empty for the one half-life.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } = [];

    /// <summary>How lists are made; null: every one exact and anew. Its sources are not used.</summary>
    public ServingPolicy? Lists { get; init; }

    /// <summary>In the place of the bundle's re-ranker, where lists are ranked again; null: that.</summary>
    public IReRanker? ReRanker { get; init; }

    /// <summary>Name in a report; null: what it is made of.</summary>
    public string? Name { get; init; }

    /// <summary>Its curve and attention under lists that are exact; made otherwise by who wants that.</summary>
    internal ServingPolicy ExactPolicy => Lists ?? ExactLists;

    /// <summary>The same with the best of every list ranked again.</summary>
    internal static ServedModel ReRanked(ServedModel model) => model with
    {
        Lists = (model.Lists ?? ExactLists) with { ReRankCount = ReRankCountOf(model) },
        Name = string.Create(
            CultureInfo.InvariantCulture, $"{model.Describe()}, best {ReRankCountOf(model)} ranked again"),
    };

    internal ServingPolicy Policy => ExactPolicy with { Sources = Sources };

    private static int ReRankCountOf(ServedModel model) =>
        model.Lists is { ReRankCount: > 0 } lists ? lists.ReRankCount : DefaultReRankCount;

    /// <summary><c>half-life 1min, vector 1, transitions 0.5</c>.</summary>
    public string Describe()
    {
        string halfLife = "half-life " + (HalfLives.Count == 0
            ? DurationText.Format(HalfLife)
            : string.Join("+", HalfLives.Select(DurationText.Format)));
        return Name ?? (Sources.IsVectorAlone
            ? halfLife
            : string.Join(", ", Enum.GetValues<SourceKind>().Where(kind => Sources.Weight(kind) != 0)
                .Select(kind => string.Create(
                    CultureInfo.InvariantCulture, $"{SourceText.NameOf(kind)} {Sources.Weight(kind):0.###}"))
                .Prepend(halfLife)));
    }
}
