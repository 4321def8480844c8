using Ebb.Engine.Interest.Flows;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>migration</c> of a policy: how the likely next category is told, and what it adds to a score.
/// <code>
/// {"boost": 0.3, "prior_events": 10, "population_events": 100, "habit_events": 100, "own_half_life_events": 32,
///  "head": 0.5}
/// </code>
/// </summary>
internal static class MigrationDocument
{
    private const double CountMin = 1e-6;
    private const double CountMax = 1e9;

    public static MigrationPolicy Read(DocumentObject body)
    {
        MigrationPolicy plain = new();
        MigrationPolicy policy = new()
        {
            Boost = body.Number("boost", plain.Boost, 0, MigrationPolicy.BoostMax),
            PriorEvents = body.Number("prior_events", plain.PriorEvents, CountMin, CountMax),
            PopulationEvents = body.Number("population_events", plain.PopulationEvents, CountMin, CountMax),
            HabitEvents = body.Number("habit_events", plain.HabitEvents, CountMin, CountMax),
            OwnHalfLifeEvents = body.Number("own_half_life_events", plain.OwnHalfLifeEvents, 0.1, CountMax),
            Head = body.Number("head", plain.Head, 0, 1),
        };
        body.End();
        return policy;
    }
}
