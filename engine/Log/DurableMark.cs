namespace Ebb.Engine.Log;

/// <summary>
/// The durable state of one partition, in memory and in its commit and owner files. Any thread; writes are
/// serialised here. Invariant: what <see cref="Current"/> says is already on the medium.
/// </summary>
internal sealed class DurableMark(string folder, ushort partition, CommitFile commits, CommitPoint recovered)
    : IDisposable
{
    private readonly Lock _writing = new();
    private volatile CommitPoint _current = recovered;

    public CommitPoint Current => _current;

    /// <summary>A commit. The entries that it covers were synced before the call.</summary>
    public void Advance(ulong lastSequence, long untilAddress, long commitNumber)
    {
        lock (_writing)
        {
            CommitPoint next = _current with
            {
                Generation = _current.Generation + 1,
                LastSequence = lastSequence,
                UntilAddress = untilAddress,
                CommitNumber = commitNumber,
            };
            commits.Write(next);
            _current = next;
        }
    }

    /// <summary>A trim: the log begins with this sequence at this address from now on.</summary>
    public void Begin(ulong firstSequence, long beginAddress, uint epoch)
    {
        lock (_writing)
        {
            OwnerFile.Write(folder, partition, new PartitionTail(epoch, _current.LastSequence));

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
}
