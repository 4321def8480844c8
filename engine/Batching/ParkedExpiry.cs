using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Gives up the parked events whose window has ended, also where no batch comes by to do it.</summary>
internal sealed class ParkedExpiry : IPartitionJob
{
    public void Run(Partition partition)
    {
        PartitionParts parts = partition.Batch.Parts;
        int expired = parts.Fold.State.Parked.CountParkedBefore(
            parts.NowMs - (long)parts.Schema.Schema.ParkingWindow.TotalMilliseconds);
        if (expired > 0)
        {
            var entries = new FoldEntryBuffer();
            entries.AddGiveUp(expired);
            partition.Batch.RunEntries(entries, default(NoVectors));
        }
    }
}
