using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

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

    /// <summary>
    /// What a set of policies wants learned; null for nothing. Policies side by side share the tables, so those that
    /// learn must agree on how.
    /// </summary>
    /// <exception cref="ArgumentException">They do not; names one.</exception>
    public static LearningPlan? Of(PolicySet policies)
    {
        LearningPlan? shared = null;
        foreach (PolicyShare share in policies.Policies)
        {
            if (Of(share.Policy.Sources) is not { } plan)
            {
                continue;
            }

            if (shared is not null && shared.How() != plan.How())
            {
                throw new ArgumentException(
                    $"policy {share.Name}: its sources learn with other half-lives, gap or window than those of the"
                    + " policies beside it, and they share what is learned: make them equal");
            }

            shared = plan with
            {
                Transitions = plan.Transitions || shared is { Transitions: true },
                Neighbours = plan.Neighbours || shared is { Neighbours: true },
                Popularity = plan.Popularity || shared is { Popularity: true },
            };
        }

        return shared;
    }

    private LearningPlan How() => this with { Transitions = false, Neighbours = false, Popularity = false };

    private static LearningPlan? Of(SourcePolicy policy)
    {
        bool transitions = policy.LearnAll || policy.Transitions != 0;
        bool neighbours = policy.LearnAll || policy.Neighbours != 0;
        bool popularity = policy.LearnAll || policy.ReadsPopularity;
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
