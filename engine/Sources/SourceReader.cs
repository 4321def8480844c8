using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Store;

namespace Ebb.Engine.Sources;

/// <summary>What the sparse sources say of one user. Scratch is reused; one thread at a time.</summary>
internal sealed class SourceReader
{
    /// <summary>The newest of the last events alone are seeds: each brings up to 32 items.</summary>
    public const int SeedCountMax = 32;

    private readonly SourceLink[] _links = new SourceLink[LinkRow.PublishedCountMax];

    /// <summary>Fills the touched items from the user's last events, newest first; live rows alone.</summary>
    public void Read(
        ReadOnlySpan<RecentEvent> recent, SourcePolicy policy, SourceTables? tables, CatalogueLease lease,
        TouchedItems touched)
    {
        touched.Clear();
        if (policy.Transitions > 0 && tables?.Transitions is { } transitions)
        {
            ReadTransitions(recent, transitions, lease, touched);
        }

        if (policy.Neighbours > 0 && tables?.Neighbours is { } neighbours)
        {
            ReadNeighbours(recent, policy, neighbours, lease, touched);
        }

        if (policy.Repeats > 0)
        {
            ReadRepeats(recent, policy, lease, touched);
        }

        if (policy.ReadsPopularity && tables?.Popularity is { } popularity)
        {
            foreach (SourceLink link in popularity.Top)
            {
                Add(link.Item, SourceKind.Popularity, link.Value, lease, touched);
            }
        }
    }

    private void ReadTransitions(
        ReadOnlySpan<RecentEvent> recent, LinkTable transitions, CatalogueLease lease, TouchedItems touched)
    {
        foreach (ref readonly RecentEvent last in recent)
        {
            if (last.Weight > 0)
            {
                AddLinks(transitions.Find(last.ItemIndex), SourceKind.Transitions, 1, lease, touched);
                return;
            }
        }
    }

    private void ReadNeighbours(
        ReadOnlySpan<RecentEvent> recent, SourcePolicy policy, LinkTable neighbours, CatalogueLease lease,
        TouchedItems touched)
    {
        double halfLifeMs = MemorySchema.HalfLifeMs(policy.SeedHalfLife);
        foreach (ref readonly RecentEvent seed in recent[..Math.Min(recent.Length, SeedCountMax)])
        {
            if (seed.Weight > 0 && neighbours.Find(seed.ItemIndex) is { } row)
            {
                AddLinks(row, SourceKind.Neighbours, Fade(recent, seed, halfLifeMs), lease, touched);
            }
        }
    }

    private static void ReadRepeats(
        ReadOnlySpan<RecentEvent> recent, SourcePolicy policy, CatalogueLease lease, TouchedItems touched)
    {
        double halfLifeMs = MemorySchema.HalfLifeMs(policy.RepeatHalfLife);
        foreach (ref readonly RecentEvent own in recent)
        {
            if (own.Weight > 0)
            {
                Add(own.ItemIndex, SourceKind.Repeats, Fade(recent, own, halfLifeMs), lease, touched);
            }
        }
    }

    private void AddLinks(LinkRow? row, SourceKind kind, double factor, CatalogueLease lease, TouchedItems touched)
    {
        int count = row?.Copy(_links) ?? 0;
        foreach (SourceLink link in _links.AsSpan(0, count))
        {
            Add(link.Item, kind, factor * link.Value, lease, touched);
        }
    }

    private static void Add(uint item, SourceKind kind, double value, CatalogueLease lease, TouchedItems touched)
    {
        int row = (int)item;
        if (row < lease.Items.Count && lease.IsLive(row))
        {
            touched.Add(row, kind, value);
        }
    }

    /// <summary>
    /// Weight and age of an own event, as of the newest: a common factor would not change what is standardised.
    /// </summary>
    private static double Fade(ReadOnlySpan<RecentEvent> recent, in RecentEvent own, double halfLifeMs) =>
        own.Weight * Math.Pow(2, -Math.Max(0, recent[0].TimeMs - own.TimeMs) / halfLifeMs);
}
