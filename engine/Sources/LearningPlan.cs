using Ebb.Engine.Interest;

namespace Ebb.Engine.Sources;

/// <summary>
/// The part of a policy that shapes what is learned: two policies of one plan share the tables. Half-lives in
/// milliseconds, infinity for never.
/// </summary>
internal sealed record LearningPlan
{
    public required bool Transitions { get; init; }

    public required bool Neighbours { get; init; }

    public required bool Popularity { get; init; }

    public double TransitionHalfLifeMs { get; init; }

    public double TransitionGapMaxMs { get; init; }

    public double NeighbourHalfLifeMs { get; init; }

    public int NeighbourWindow { get; init; }

    public double PopularityHalfLifeMs { get; init; }

    /// <summary>Null: nothing is to be learned.</summary>
    public static LearningPlan? Of(SourcePolicy policy)
    {
        bool transitions = policy.LearnAll || policy.Transitions != 0;
        bool neighbours = policy.LearnAll || policy.Neighbours != 0;
        bool popularity = policy.LearnAll || policy.Popularity != 0;
        return transitions || neighbours || popularity
            ? new LearningPlan
            {
                Transitions = transitions,
                Neighbours = neighbours,
                Popularity = popularity,
                TransitionHalfLifeMs = MemorySchema.HalfLifeMs(policy.TransitionHalfLife),
                TransitionGapMaxMs = policy.TransitionGapMax.TotalMilliseconds,
                NeighbourHalfLifeMs = MemorySchema.HalfLifeMs(policy.NeighbourHalfLife),
                NeighbourWindow = policy.NeighbourWindow,
                PopularityHalfLifeMs = MemorySchema.HalfLifeMs(policy.PopularityHalfLife),
            }
            : null;
    }
}
