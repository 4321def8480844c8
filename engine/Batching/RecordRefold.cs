using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>A user folded again from a list of events, by the fold itself: the same bits as a replay of them.</summary>
internal static class RecordRefold
{
    /// <summary>What a log entry may hold besides its head and the user.</summary>
    public const int RecordBytesMax = LogFrame.PayloadBytesMax - FoldEntry.HeadBytes - EventAdmission.UserKeyBytesMax;

    /// <summary>
    /// Events that one turn of a partition may fold again: some tens of milliseconds at D = 64 and four half-lives.
    /// </summary>
    private const int EventCountMax = 65_536;

    /// <summary>The record's own last events, oldest first. Their ids are not told.</summary>
    public static EventFacts[] Remembered(UserRecord record)
    {
        var events = new EventFacts[record.RecentCount];
        for (int index = 0; index < events.Length; index++)
        {
            RecentEvent recent = record.GetRecent(events.Length - 1 - index);
            events[index] = new EventFacts
            {
                Type = recent.Type,
                Flags = (byte)((byte)recent.Flags & (FoldEntry.ClampedFlag | (0xFF << FoldEntry.SplitShift))),
                HasId = (recent.Flags & RecentEventFlags.HasId) != 0,
                ItemIndex = recent.ItemIndex,
                ItemVersion = recent.ItemVersion,
                TimeMs = recent.TimeMs,
                Weight = recent.Weight,
            };
        }

        return events;
    }

    /// <summary>
    /// The record of these events; null when a vector is not held any more or an entry cannot hold it.
    /// </summary>
    public static byte[]? TryMake(
        PartitionParts parts, IReadOnlyList<EventFacts> events, VersionedVectors vectors, CatalogueLease lease)
    {
        RecordShape shape = parts.Users.Shape;
        if (shape.RecordBytes > RecordBytesMax || events.Count > EventCountMax)
        {
            return null;
        }

        byte[] bytes = new byte[shape.RecordBytes];
        UserRecord.Initialise(bytes, shape, parts.Fold.SchemaNumber, parts.Schema.Schema.Space);
        var record = new UserRecord(bytes, shape);
        foreach (EventFacts told in events)
        {
            EventFacts facts = SpaceRebase.Of(parts, told, lease);
            if (!vectors.TryGet(facts, lease, out ReadOnlySpan<float> vector))
            {
                return null;
            }

            parts.Fold.Records.Fold(record, facts, vector);
        }

        return bytes;
    }
}
