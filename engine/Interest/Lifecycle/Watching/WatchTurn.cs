using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>Looks at the watches of a partition that are due, between two batches.</summary>
internal sealed class WatchTurn(ItemCatalogue catalogue, bool isOfAll = false) : IPartitionJob
{
    /// <summary>Every watch of the partition: its policy may be another.</summary>
    public static WatchTurn OfAll(ItemCatalogue catalogue) => new(catalogue, isOfAll: true);

    public void Run(Partition partition)
    {
        PartitionParts parts = partition.Batch.Parts;
        PartitionWatches watches = parts.Watches;
        if (isOfAll)
        {
            watches.LookAtAll();
            return;
        }

        if (watches.Due.IsEmpty)
        {
            return;
        }

        using CatalogueLease lease = catalogue.Read();
        AnswerRun.Begin();
        try
        {
            while (watches.Due.TryDequeue(out PhaseWatch? watch))
            {
                if (watch.IsDisposed)
                {
                    watches.Remove(watch);
                    continue;
                }

                partition.Batch.Edits.EnsureRebuilt(watch.User, partition.Batch, lease);
                parts.Users.Clear();
                int slot = parts.Users.Add(watch.User);
                parts.Users.Load(parts.Store);
                watches.Look(watch, new WatchedUser(parts.Users, slot, parts.NowMs), parts.Policies, lease);
            }
        }
        finally
        {
            AnswerRun.End();
        }
    }
}
