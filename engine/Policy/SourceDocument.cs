using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Policy;

/// <summary>
/// The blend of a policy as JSON, the key <c>sources</c>: a weight a source, and how fast each forgets.
/// <code>
/// {"vector": 1, "transitions": 0.5, "neighbours": 0.3, "popularity": 0.1, "repeats": 0.2, "repeat_half_life": "30 d"}
/// </code>
/// </summary>
public static class SourceDocument
{
    private const double WeightMax = 1e6;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A whole policy document of one policy, with defaults beside the blend.</summary>
    public static string WritePolicy(string name, SourcePolicy policy)
    {
        var sources = new JsonObject
        {
            ["vector"] = policy.Vector,
            ["transitions"] = policy.Transitions,
            ["neighbours"] = policy.Neighbours,
            ["popularity"] = policy.Popularity,
            ["repeats"] = policy.Repeats,
            ["encoder"] = policy.Encoder,
            ["transition_half_life"] = DurationText.Format(policy.TransitionHalfLife),
            ["transition_gap"] = DurationText.Format(policy.TransitionGapMax),
            ["neighbour_half_life"] = DurationText.Format(policy.NeighbourHalfLife),
            ["neighbour_window"] = policy.NeighbourWindow,
            ["seed_half_life"] = DurationText.Format(policy.SeedHalfLife),
            ["popularity_half_life"] = DurationText.Format(policy.PopularityHalfLife),
            ["repeat_half_life"] = DurationText.Format(policy.RepeatHalfLife),
        };
        return new JsonObject { ["name"] = name, ["sources"] = sources }.ToJsonString(Indented);
    }

    internal static SourcePolicy Read(DocumentObject body)
    {
        SourcePolicy plain = SourcePolicy.VectorAlone;
        var policy = new SourcePolicy
        {
            Vector = body.Number("vector", plain.Vector, 0, WeightMax),
            VectorAtShift = body.Has("vector_at_shift") ? body.Number("vector_at_shift", 1, 0, WeightMax) : null,
            Transitions = body.Number("transitions", 0, 0, WeightMax),
            Neighbours = body.Number("neighbours", 0, 0, WeightMax),
            Popularity = body.Number("popularity", 0, 0, WeightMax),
            PopularityWhenNew = body.Has("popularity_when_new")
                ? body.Number("popularity_when_new", 0, 0, WeightMax)
                : null,
            NewMass = body.Number("new_mass", plain.NewMass, 1e-9, 1e9),
            Repeats = body.Number("repeats", 0, 0, WeightMax),
            Encoder = body.Number("encoder", 0, 0, WeightMax),
            TransitionHalfLife = body.Time("transition_half_life", plain.TransitionHalfLife, mayBeNever: true),
            TransitionGapMax = body.Time("transition_gap", plain.TransitionGapMax),
            NeighbourHalfLife = body.Time("neighbour_half_life", plain.NeighbourHalfLife, mayBeNever: true),
            NeighbourWindow = body.Whole(
                "neighbour_window", plain.NeighbourWindow, 1, SourcePolicy.NeighbourWindowMax),
            SeedHalfLife = body.Time("seed_half_life", plain.SeedHalfLife, mayBeNever: true),
            PopularityHalfLife = body.Time("popularity_half_life", plain.PopularityHalfLife, mayBeNever: true),
            RepeatHalfLife = body.Time("repeat_half_life", plain.RepeatHalfLife, mayBeNever: true),
            LearnAll = body.Flag("learn_all", false),
        };
        body.End();
        return policy.Problem() is { } problem ? throw new DocumentException(body.Path, problem) : policy;
    }
}
