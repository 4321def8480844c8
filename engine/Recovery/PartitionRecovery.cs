using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;
using BaseReader = Ebb.Engine.Store.Base.BaseReader;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Brings partitions to the fold of their logs: base records and base state first, then every entry after B. A user's
/// record in the base may be newer than B (it was read while serving) and says so itself; the fold skips what it holds.
/// </summary>
internal static class PartitionRecovery
{
    /// <summary>Returns the number of log entries folded over all partitions.</summary>
    public static long RecoverAll(
        EngineCore core, BaseManifest? manifest, bool isKnownFolder, CatalogueHistory history,
        CancellationToken cancellation)
    {
        long replayed = 0;
        var options = new ParallelOptions { CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(core.Partitions, options, partition =>
            {
                PartitionBase? basis = manifest?.Partitions[partition.Id];
                long folded = Recover(core, partition, basis, isKnownFolder, new RecoveredVectors(history));
                Interlocked.Add(ref replayed, folded);
            });
        }
        catch (AggregateException failures)
        {
            // One partition's story is enough for the one line; the rest is in the inner exception.
            throw failures.InnerExceptions[0] is EngineStartException first ? first : failures.InnerExceptions[0];
        }

        return replayed;
    }

    /// <summary>A partition whose log is new: the schema is its first entry.</summary>
    public static void AcquireEmpty(EngineCore core, Partition partition)
    {
        PartitionTail acquired = core.Log.Acquire(partition.Id);
        partition.Batch.Epoch = acquired.Epoch;
        partition.Batch.Tail = acquired.Tail;
        LogSchema(core, partition);
    }

    private static long Recover(
        EngineCore core, Partition partition, PartitionBase? basis, bool isKnownFolder, RecoveredVectors vectors)
    {
        PartitionTail acquired = core.Log.Acquire(partition.Id);
        partition.Batch.Epoch = acquired.Epoch;
        partition.Batch.Tail = acquired.Tail;
        if (!isKnownFolder && acquired.Tail > 1)
        {
            throw new EngineStartException(
                $"the engine folder {core.Options.Folder} has a log but no {BaseManifest.FileName}:"
                + " restore that file, it says how the log is to be read");
        }

        ulong from = 1;
        ulong newest = 0;
        if (basis is not null)
        {
            newest = LoadBase(core, partition, basis);
            from = basis.Sequence + 1;
        }

        RequireLog(core, partition, acquired, from, newest);
        long folded = acquired.Tail >= from
            ? PartitionReplay.Run(partition.Batch.Parts, from, vectors, SwitchOf(core))
            : 0;
        if (folded != (long)(acquired.Tail + 1 - from))
        {
            throw new EngineStartException(
                $"the log of partition {partition.Id} in {core.Options.Folder} ends after {folded} of"
                + $" {acquired.Tail + 1 - from} entries: restore it from a backup");
        }

        if (core.Log is not FrozenEventLog)
        {
            LogSchema(core, partition);
        }

        return folded;
    }

    private static ulong LoadBase(EngineCore core, Partition partition, PartitionBase basis)
    {
        PartitionParts parts = partition.Batch.Parts;
        string path = Path.Combine(core.Options.Folder!, basis.File);
        using var reader = new BaseReader(path);
        RecordShape shape = parts.Schema.Shape;
        if (reader.Header.RecordBytes != shape.RecordBytes || reader.Header.Partition != partition.Id)
        {
            throw new EngineStartException(
                $"the base {path} is of partition {reader.Header.Partition} with records of {reader.Header.RecordBytes}"
                + $" bytes, this engine's have {shape.RecordBytes}: restore folder and manifest together");
        }

        ulong newest = basis.Sequence;
        parts.Fold.State.Load(reader.PartitionState);
        while (reader.MoveNext())
        {
            if (UserRecord.Verify(reader.Record, shape) != RecordCheck.Ok)
            {
                throw new EngineStartException(
                    $"a user's record in the base {path} fails its check: restore it from a backup");
            }

            newest = Math.Max(newest, UserRecord.SequenceOf(reader.Record));
            parts.Store.Write(reader.Key, reader.Record);
        }

        return newest;
    }

    private static void RequireLog(
        EngineCore core, Partition partition, PartitionTail acquired, ulong from, ulong newest)
    {
        ulong first = core.Log.FirstSequence(partition.Id);
        if (first > from)
        {
            throw new EngineStartException(
                $"the log of partition {partition.Id} in {core.Options.Folder} begins at {first}, entries from"
                + $" {from} on are needed: restore it from a backup");
        }

        if (acquired.Tail < newest)
        {
            throw new EngineStartException(
                $"the log of partition {partition.Id} in {core.Options.Folder} ends at {acquired.Tail}, its base holds"
                + $" {newest}: the log lost entries, restore it from a backup");
        }
    }

    private static Action<PartitionParts, string> SwitchOf(EngineCore core) => (parts, json) =>
    {
        SchemaInForce schema = json == core.Schema.Json
            ? core.Schema
            : new SchemaInForce(MemorySchemaJson.Read(json), core.Options.Dimension);
        core.Switch(parts, schema);
    };

    private static void LogSchema(EngineCore core, Partition partition)
    {
        // A new log; or a change of schema that was decided and did not reach this partition.
        if (partition.Batch.Tail == 0 || partition.Batch.Parts.Schema.Json != core.Schema.Json)
        {
            SchemaChanger.Log(partition.Batch, core.Schema);
            core.Switch(partition.Batch.Parts, core.Schema);
        }
    }
}
