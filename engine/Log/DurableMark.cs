using System.Diagnostics;

namespace Ebb.Engine.Log;

/// <summary>
/// The durable state of one partition, in memory and in its commit and owner files. Any thread; writes are serialised
/// here. Invariant: the entries up to <see cref="Current"/> are on the medium. Its slot follows with the first commit
/// after <see cref="EventLogOptions.MarkSyncPeriod"/>: syncing it each time would double what a durable write waits
/// for, and what it tells is told by the entries as well. It says which entries must be there, so that damage is not
/// taken for the end.
/// </summary>
internal sealed class DurableMark(
    string folder, ushort partition, CommitFile commits, CommitPoint recovered, TimeSpan syncPeriod) : IDisposable
{
    private readonly Lock _writing = new();
    private long _syncedAt = Stopwatch.GetTimestamp();
    private bool _isUnsynced;
    private volatile CommitPoint _current = recovered;

    public CommitPoint Current => _current;

    /// <summary>A commit. The entries that it covers were synced before the call.</summary>
    public void Advance(ulong lastSequence, long untilAddress, long commitNumber)
    {
        lock (_writing)
        {
            CommitPoint next = _current with
            {
                // The slot that is not synced yet is written again; the other one stays good.
                Generation = _current.Generation + (_isUnsynced ? 2u : 1u),
                LastSequence = lastSequence,
                UntilAddress = untilAddress,
                CommitNumber = commitNumber,
            };
            commits.WriteUnsynced(next);
            _isUnsynced = true;
            if (Stopwatch.GetElapsedTime(_syncedAt) >= syncPeriod)
            {
                Sync();
            }

            _current = next;
        }
    }

    /// <summary>A trim: the log begins with this sequence at this address from now on.</summary>
    public void Begin(ulong firstSequence, long beginAddress, uint epoch)
    {
        lock (_writing)
        {
            OwnerFile.Write(folder, partition, new PartitionTail(epoch, _current.LastSequence));
            if (_isUnsynced)
            {
                Sync();
            }

            // Both slots: falling back to one that names deleted segments would lose the log.
            for (int slot = 0; slot < 2; slot++)
            {
                CommitPoint next = _current with
                {
                    Generation = _current.Generation + 1,
                    FirstSequence = firstSequence,
                    BeginAddress = beginAddress,
                };
                commits.Write(next);
                _current = next;
            }
        }
    }

    /// <summary>Records the owner, and the last durable sequence as the mark that the log must reach.</summary>
    public void RecordOwner(uint epoch)
    {
        lock (_writing)
        {
            OwnerFile.Write(folder, partition, new PartitionTail(epoch, _current.LastSequence));
        }
    }

    public void Dispose() => commits.Dispose();

    private void Sync()
    {
        commits.Sync();
        _isUnsynced = false;
        _syncedAt = Stopwatch.GetTimestamp();
    }
}
