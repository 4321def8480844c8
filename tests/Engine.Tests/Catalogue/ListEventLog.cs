using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>The catalogue's partition as a list, which can be cut where a crash would and can refuse.</summary>
internal sealed class ListEventLog : IEventLog
{
    private readonly List<(LogPosition Position, byte[] Payload)> _entries = [];
    private uint _epoch;
    private ulong _first = 1;

    /// <summary>Appends answered before <see cref="Outcome"/> is.</summary>
    public int AppendsLeft { get; set; } = int.MaxValue;

    public AppendOutcome Outcome { get; set; } = AppendOutcome.Refused;

    public bool FailCommits { get; set; }

    public int CommitCount { get; private set; }

    public ulong Tail => (ulong)_entries.Count;

    public IReadOnlyList<(LogPosition Position, byte[] Payload)> Entries => _entries;

    /// <summary>What a crash leaves: the first entries, the epoch as it was.</summary>
    public ListEventLog CutAfter(ulong sequence)
    {
        var cut = new ListEventLog { _epoch = _epoch, _first = _first };
        cut._entries.AddRange(_entries.Take((int)sequence));
        return cut;
    }

    public PartitionTail Acquire(ushort partition)
    {
        Assert.Equal(IEventLog.CataloguePartition, partition);
        return new PartitionTail(++_epoch, Tail);
    }

    public AppendResult Append(
        ushort partition, uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths)
    {
        Assert.Equal((_epoch, Tail), (epoch, expected));
        if (AppendsLeft-- <= 0)
        {
            return new AppendResult(Outcome, Tail);
        }

        foreach (int length in payloadLengths)
        {
            _entries.Add((new LogPosition(epoch, Tail + 1), payloads[..length].ToArray()));
            payloads = payloads[length..];
        }

        Assert.True(payloads.IsEmpty);
        return new AppendResult(AppendOutcome.Appended, Tail);
    }

    public void AppendMany(ReadOnlySpan<PartitionAppend> appends, Span<AppendResult> results) =>
        throw new NotSupportedException();

    public ValueTask<ulong> CommitAsync(ushort partition)
    {
        CommitCount++;
        return FailCommits ? throw new EventLogException("the sync failed") : new ValueTask<ulong>(Tail);
    }

    public ulong DurableSequence(ushort partition) => Tail;

    public ulong FirstSequence(ushort partition) => _first;

    public IEventLogReader ReadFrom(ushort partition, ulong sequence)
    {
        Assert.InRange(sequence, _first, Tail + 1);
        return new Reader(_entries, (int)sequence - 2);
    }

    public void TrimBelow(ushort partition, ulong sequence) => _first = sequence;

    public long SizeBytes(ushort partition) => _entries.Sum(entry => (long)entry.Payload.Length);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Reader(List<(LogPosition Position, byte[] Payload)> entries, int at) : IEventLogReader
    {
        private int _at = at;

        public LogPosition Position => entries[_at].Position;

        public ReadOnlySpan<byte> Payload => entries[_at].Payload;

        public bool MoveNext() => ++_at < entries.Count;

        public void Dispose()
        {
        }
    }
}
