using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Folds the log of one partition, from a sequence to its end, through the same fold as live serving.
/// </summary>
internal static class PartitionReplay
{
    private const int RunCountMax = 2048;

    /// <summary>Returns the number of entries folded; their last position is the partition's tail.</summary>
    public static long Run(
        PartitionParts parts, ulong fromSequence, IItemVectors vectors, Action<PartitionParts, string> switchSchema)
    {
        var run = new FoldEntryBuffer();
        LogPosition first = default;
        long folded = 0;
        using IEventLogReader reader = parts.Log.ReadFrom(parts.Id, fromSequence);
        while (reader.MoveNext())
        {
            // A run is of one epoch: the position of its entries counts on from the first.
            if (run.Count == RunCountMax || (run.Count > 0 && reader.Position.Epoch != first.Epoch))
            {
                folded += Fold(parts, run, first, vectors);
            }

            if (run.Count == 0)
            {
                first = reader.Position;
            }

            AddChecked(parts, run, reader);
            if (new FoldEntry(reader.Payload) is { Kind: FoldEntryKind.Schema } schema)
            {
                // What follows is folded under it, into records of its shape.
                folded += Fold(parts, run, first, vectors);
                switchSchema(parts, Encoding.UTF8.GetString(schema.Text));
            }
        }

        return folded + Fold(parts, run, first, vectors);
    }

    private static long Fold(PartitionParts parts, FoldEntryBuffer run, LogPosition first, IItemVectors vectors)
    {
        int count = run.Count;
        parts.Users.Clear();
        FoldRun.Apply(parts, run, first, vectors);
        run.Clear();
        return count;
    }

    private static void AddChecked(PartitionParts parts, FoldEntryBuffer run, IEventLogReader reader)
    {
        if (!new FoldEntry(reader.Payload).IsWellFormed)
        {
            throw new EngineStartException(
                $"partition {parts.Id} of the log holds an entry at {reader.Position.Sequence} that this build cannot"
                + " read: it was written by a newer ebb, open the folder with that one");
        }

        run.AddRaw(reader.Payload);
    }
}
