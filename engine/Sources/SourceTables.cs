namespace Ebb.Engine.Sources;

/// <summary>
/// What one plan has learned of the population. Served state: in no hash and in no file, rebuilt from the users'
/// records. The learner alone writes; any thread reads.
/// </summary>
internal sealed class SourceTables
{
    // 64 MiB and 256 MiB at most; a row starts with 4 slots.
    private const int TransitionSlotsPerRow = 64;
    private const int NeighbourSlotsPerRow = 256;
    private const long TransitionSlotsMax = 8L << 20;
    private const long NeighbourSlotsMax = 32L << 20;

    private readonly ItemCounts? _neighbourCounts;

    public SourceTables(LearningPlan plan)
    {
        Plan = plan;
        if (plan.Transitions)
        {
            Transitions = new LinkTable(
                new DecayClock(plan.TransitionHalfLifeMs), null,
                new SlotBudget(TransitionSlotsPerRow, TransitionSlotsMax));
        }

        if (plan.Neighbours)
        {
            var clock = new DecayClock(plan.NeighbourHalfLifeMs);
            _neighbourCounts = new ItemCounts(clock);
            Neighbours = new LinkTable(
                clock, _neighbourCounts, new SlotBudget(NeighbourSlotsPerRow, NeighbourSlotsMax));
        }

        Popularity = plan.Popularity ? new PopularityTable(plan.PopularityHalfLifeMs) : null;
    }

    public LearningPlan Plan { get; }

    public LinkTable? Transitions { get; }

    public LinkTable? Neighbours { get; }

    public PopularityTable? Popularity { get; }

    public void Learn(in LearnedEvent learned)
    {
        ReadOnlySpan<uint> previous = learned.Previous[..learned.PreviousCount];
        Popularity?.Add(learned.Item, learned.Weight, learned.TimeMs);
        if (Transitions is not null && previous.Length > 0
            && Math.Abs(learned.TimeMs - learned.PreviousMs) <= Plan.TransitionGapMaxMs)
        {
            Transitions.Add(previous[0], learned.Item, learned.Weight, learned.TimeMs);
        }

        if (Neighbours is not null)
        {
            LearnPairs(learned, previous[..Math.Min(previous.Length, Plan.NeighbourWindow)]);
        }
    }

    public void Publish(bool all)
    {
        Transitions?.Publish(all);
        Neighbours?.Publish(all);
        Popularity?.Publish(all);
    }

    private void LearnPairs(in LearnedEvent learned, ReadOnlySpan<uint> previous)
    {
        _neighbourCounts!.Add(learned.Item, learned.Weight, learned.TimeMs);
        for (int index = 0; index < previous.Length; index++)
        {
            // An item counts once however often it stands in the window, and never as its own neighbour.
            uint other = previous[index];
            if (other != learned.Item && !previous[..index].Contains(other))
            {
                Neighbours!.Add(learned.Item, other, learned.Weight, learned.TimeMs);
                Neighbours.Add(other, learned.Item, learned.Weight, learned.TimeMs);
            }
        }
    }
}
