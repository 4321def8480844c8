using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The writing end of the catalogue's partition. An append that does not end as Appended stops it for good: what the
/// log holds is then known only to the next recovery. Appends under the catalogue's writer lock; Commit from any thread.
/// </summary>
internal sealed class CatalogueLog
{
    private readonly IEventLog _log;
    private readonly uint _epoch;

    private ulong _tail;
    private uint _changeCount;

    public CatalogueLog(IEventLog log)
    {
        _log = log;
        PartitionTail taken = log.Acquire(IEventLog.CataloguePartition);
        _epoch = taken.Epoch;
        _tail = taken.Tail;
    }

    /// <summary>Codes given but not in the log yet; they go before any entry that may use them.</summary>
    public EntryBuffer Defines { get; } = new();

    public ulong Tail => Volatile.Read(ref _tail);

    /// <summary>What the log answered when it stopped; null while it works.</summary>
    public AppendOutcome? Failure { get; private set; }

    /// <summary>An id no other change of this log has.</summary>
    public ulong NextChangeId() => ((ulong)_epoch << 32) | ++_changeCount;

    public bool TryAppend(StagedChange change)
    {
        if (!TryAppendDefines())
        {
            return false;
        }

        ulong first = _tail + 1;
        if (!TryAppend(change.Entries))
        {
            return false;
        }

        change.FirstSequence = change.FirstSequence == 0 ? first : change.FirstSequence;
        return true;
    }

    public bool TryAppendDefines() => Defines.EntryCount == 0 ? Failure is null : TryAppend(Defines);

    public ValueTask<ulong> CommitAsync() => _log.CommitAsync(IEventLog.CataloguePartition);

    private bool TryAppend(EntryBuffer entries)
    {
        if (Failure is not null)
        {
            return false;
        }

        AppendResult result = _log.Append(
            IEventLog.CataloguePartition, _epoch, _tail, entries.Bytes, entries.Lengths);
        if (result.Outcome != AppendOutcome.Appended)
        {
            Failure = result.Outcome;
            return false;
        }

        Volatile.Write(ref _tail, result.Tail);
        entries.Clear();
        return true;
    }
}
