using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>
/// Items have become known: every partition that has events parked for them logs one entry an item and folds them.
/// Posted to the partition, so it takes its place among the batches.
/// </summary>
internal sealed class ParkedResolver(ItemCatalogue catalogue) : IPartitionJob
{
    public void Run(Partition partition)
    {
        SplitLookup splits = partition.Batch.Parts.Splits;
        ParkedEvents parked = partition.Batch.Parts.Fold.State.Parked;
        if (parked.Count == 0)
        {
            return;
        }

        var entries = new FoldEntryBuffer();
        using CatalogueLease lease = catalogue.Read();
        foreach (OpaqueId item in parked.AwaitedItems.Order())
        {
            if (lease.TryFind(item.Span, out int row))
            {
                entries.AddResolve(item.Span, (uint)row, lease.Version(row), splits.Of(row, lease));
            }
        }

        partition.Batch.RunEntries(entries, new LeasedVectors(lease));
    }
}
