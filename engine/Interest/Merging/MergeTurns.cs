using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Merging;

/// <summary>The steps of a merge that run on a partition's writer, between batches. Each logs one decision.</summary>
internal sealed class MergeTurns(ItemCatalogue catalogue)
{
    /// <summary>What a record may have to fit a log entry with both keys.</summary>
    private const int RecordBytesMax = RecordRefold.RecordBytesMax - EventAdmission.UserKeyBytesMax;

    /// <summary>
    /// Takes the user out, if there is one; the entry holds the record and where it goes. Null: refused, the status
    /// says why.
    /// </summary>
    public MergeReceipt? TakeOut(EngineRequest request, PartitionBatch batch)
    {
        PartitionParts parts = batch.Parts;
        ReadOnlySpan<byte> user = request.UserBytes;
        if (parts.Users.Shape.RecordBytes > RecordBytesMax)
        {
            request.Status = EntryStatus.TooManyEntries;
            return null;
        }

        using CatalogueLease lease = catalogue.Read();
        batch.Edits.EnsureRebuilt(user, batch, lease);
        parts.Users.Clear();
        int slot = parts.Users.Add(user);
        parts.Users.Load(parts.Store);
        if (!parts.Users.IsFound(slot))
        {
            parts.Users.Clear();
            return new MergeReceipt(false, 0);
        }

        byte[] record = parts.Users.RecordBytes(slot).ToArray();
        long nowMs = parts.NowMs;
        var entries = new FoldEntryBuffer();
        entries.AddMergeOut(user, request.Bytes(request.Subject), record, (nowMs, parts.Erasures.PromiseMs(nowMs)));
        entries.AddPad();
        if (!batch.RunEntries(entries, default(NoVectors)))
        {
            request.Status = EntryStatus.StorageFailed;
            return null;
        }

        Drop(parts, user);
        return new MergeReceipt(true, new UserRecord(record, parts.Users.Shape).EventCount);
    }

    /// <summary>Lets a user in, once. False: the log refused.</summary>
    public bool PutIn(PendingMerge merge, ushort source, PartitionBatch batch)
    {
        PartitionParts parts = batch.Parts;
        if (parts.State.Merges.ArrivedUpTo(source) >= merge.Sequence)
        {
            return true;
        }

        using CatalogueLease lease = catalogue.Read();
        batch.Edits.EnsureRebuilt(merge.Target, batch, lease);
        var entries = new FoldEntryBuffer();
        entries.AddMergeIn(merge.Target, OfSchema(merge.Record, parts, lease), source, merge.Sequence);
        if (!batch.RunEntries(entries, default(NoVectors)))
        {
            return false;
        }

        Drop(parts, merge.Target);
        return true;
    }

    public static bool Finish(PendingMerge merge, PartitionBatch batch)
    {
        var entries = new FoldEntryBuffer();
        entries.AddMergeDone(merge.Sequence);
        return batch.RunEntries(entries, default(NoVectors));
    }

    // Kept lists of both keys are of who they were before.
    private static void Drop(PartitionParts parts, ReadOnlySpan<byte> user)
    {
        parts.Served.Forget(user);
        parts.ForgetCount++;
        parts.Popular.Expire();
    }

    /// <summary>
    /// The record as the schema in force has it: of another schema (the schema changed while the user was on the way)
    /// it is made anew from its last events, as far as their vectors are held.
    /// </summary>
    private static byte[] OfSchema(byte[] record, PartitionParts parts, CatalogueLease lease)
    {
        RecordShape shape = parts.Users.Shape;
        var moved = new UserRecord(record, ShapeOf(record));
        if (moved.SchemaNumber == parts.Fold.SchemaNumber && moved.SpaceNumber == parts.Schema.Schema.Space
            && record.Length == shape.RecordBytes)
        {
            return record;
        }

        var vectors = new VersionedVectors();
        var held = new List<EventFacts>();
        foreach (EventFacts facts in RecordRefold.Remembered(moved))
        {
            EventFacts plain = SpaceRebase.Of(
                parts, facts with { Flags = (byte)(facts.Flags & FoldEntry.ClampedFlag), HasId = false }, lease);
            if (vectors.TryGet(plain, lease, out _))
            {
                held.Add(plain with { Flags = (byte)(plain.Flags | SplitOf(plain, parts, lease)) });
            }
        }

        return RecordRefold.TryMake(parts, held, vectors, lease)
            ?? throw new InvalidOperationException("a record of the schema in force does not fit a log entry");
    }

    private static int SplitOf(EventFacts facts, PartitionParts parts, CatalogueLease lease) =>
        parts.Splits.Of((int)facts.ItemIndex, lease) << FoldEntry.SplitShift;

    private static RecordShape ShapeOf(byte[] record)
    {
        double[] halfLives = new double[record[UserRecord.HalfLifeCountOffset]];
        Array.Fill(halfLives, 1);
        int dimension = BitConverter.ToUInt16(record, UserRecord.DimensionOffset);
        return new RecordShape(
            new Kernels.Decay.BankShape(dimension, halfLives), record[UserRecord.RecentCapacityOffset],
            record[UserRecord.EventIdCapacityOffset]);
    }
}
