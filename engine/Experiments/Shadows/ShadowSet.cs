using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>The shadows of one set of policies, and what they have found. Any thread.</summary>
internal sealed class ShadowSet
{
    private readonly ulong[] _salts;

    public ShadowSet(PolicySplit split)
    {
        Split = split;
        _salts = [.. All.Select(shadow => StableHash.Compute(Encoding.UTF8.GetBytes("shadow " + shadow.Policy)))];
        Tallies = [.. All.Select(_ => new ShadowTally())];
    }

    public PolicySplit Split { get; }

    public IReadOnlyList<Shadow> All => Split.Set.Shadows;

    public IReadOnlyList<ShadowTally> Tallies { get; }

    /// <summary>Users and not requests are drawn: a shadow keeps lists too, and needs all visits of a user.</summary>
    public bool Wants(int shadow, ReadOnlySpan<byte> user) =>
        PolicySplit.Place(user, _salts[shadow]) < All[shadow].Sample;

    public IReadOnlyList<ShadowReport> Report() => [.. Tallies.Select((tally, at) => tally.Report(All[at]) with
    {
        LacksEncoder = Split.Set.Policies.Any(
            policy => policy.Name == All[at].Policy && NeedsEncoder(policy.Policy)),
    })];

    private static bool NeedsEncoder(ServingPolicy policy) =>
        policy.Sources.Encoder > 0 || policy.Migration is { HasEffect: true, Head: > 0 };
}
