using Ebb.Engine.Batching;
using Ebb.Engine.Log;

namespace Ebb.Engine.Interest;

/// <summary>
/// Folds a run of entries that are in the log already: collect users, load, apply in order, write back.
/// </summary>
internal static class FoldRun
{
    public static void Apply<TVectors>(
        PartitionParts parts, FoldEntryBuffer entries, LogPosition first, TVectors vectors)
        where TVectors : IItemVectors, allows ref struct
    {
        int payload = 0;
        foreach (int length in entries.Lengths)
        {
            parts.Fold.Collect(new FoldEntry(entries.Payloads.Slice(payload, length)), parts.Users);
            payload += length;
        }

        parts.Users.Load(parts.Store);
        payload = 0;
        lock (parts.Fold.State.Population.Gate)
        {
            for (int index = 0; index < entries.Count; index++)
            {
                int length = entries.Lengths[index];
                parts.Fold.Apply(
                    new FoldEntry(entries.Payloads.Slice(payload, length)),
                    first with { Sequence = first.Sequence + (ulong)index }, parts.Users, vectors);
                payload += length;
            }
        }

        parts.Users.WriteBack(parts.Store);
        parts.Users.Clear();
    }
}
