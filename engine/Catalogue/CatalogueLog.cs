using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The writing end of the catalogue's partition. An append that does not end as Appended, or a failed sync, stops it
/// for good: what the log holds is then known only to the next recovery. Appends under the catalogue's writer lock,
/// Commit anywhere.
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

    /// <exception cref="EventLogException">
    /// The sync failed; whether a crash keeps what was appended is unknown.
    /// </exception>
    public async Task CommitAsync()
    {
        try
        {
            await _log.CommitAsync(IEventLog.CataloguePartition).ConfigureAwait(false);
        }
        catch (EventLogException)
        {
            // A Commit that nobody was shown may be in the log: nothing may follow it with the same generation.
            Failure = AppendOutcome.Unknown;
            throw;
        }
    }

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
