using System.Globalization;

namespace Ebb.Engine.Log;

/// <summary>One partition of <see cref="MemoryEventLog"/>: payloads in fixed-size chunks. Any thread.</summary>
internal sealed class MemoryPartition(ushort partition)
{
    private const int ChunkBytes = 256 * 1024;
    private const string Place = "(memory)";

    private readonly Lock _sync = new();
    private readonly List<Entry> _entries = [];
    private byte[] _chunk = [];
    private int _chunkUsed;
    private uint _epoch;
    private ulong _first = 1;
    private long _sizeBytes;

    public ulong Tail
    {
        get
        {
            lock (_sync)
            {
                return LastSequence;
            }
        }
    }

    public ulong FirstSequence
    {
        get
        {
            lock (_sync)
            {
                return _first;
            }
        }
    }

    public long SizeBytes
    {
        get
        {
            lock (_sync)
            {
                return _sizeBytes;
            }
        }
    }

    private ulong LastSequence => _first + (ulong)_entries.Count - 1;

    public PartitionTail RaiseEpoch()
    {
        lock (_sync)
        {
            _epoch = checked(_epoch + 1);
            return new PartitionTail(_epoch, LastSequence);
        }
    }

    public AppendResult Append(
        uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths)
    {
        lock (_sync)
        {
            if (epoch != _epoch)
            {
                return new AppendResult(AppendOutcome.Fenced, LastSequence);
            }

            if (expected != LastSequence)
            {
                return new AppendResult(AppendOutcome.Conflict, LastSequence);
            }

            PayloadCheck.Verify(payloads, payloadLengths);
            foreach (int length in payloadLengths)
            {
                Add(payloads[..length]);
                payloads = payloads[length..];
            }

            return new AppendResult(AppendOutcome.Appended, LastSequence);
        }
    }

    public IEventLogReader ReadFrom(ulong sequence)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sequence);
        lock (_sync)
        {
            if (sequence < _first)
            {
                throw Damaged(sequence, Invariant($"trimmed, the first held is {_first}"));
            }

            if (sequence > LastSequence + 1)
            {
                throw Damaged(sequence, Invariant($"the log ends at {LastSequence}, before what was asked for"));
            }
        }

        return new Reader(this, sequence);
    }

    public void TrimBelow(ulong sequence)
    {
        lock (_sync)
        {
            if (sequence > LastSequence + 1)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(sequence), sequence, "entries that are not durable yet cannot be covered by a base");
            }

            if (sequence <= _first)
            {
                return;
            }

            int count = (int)(sequence - _first);
            for (int index = 0; index < count; index++)
            {
                _sizeBytes -= _entries[index].Bytes;
            }

            _entries.RemoveRange(0, count);
            _first = sequence;
        }
    }

    // Under _sync.
    private void Add(ReadOnlySpan<byte> payload)
    {
        if (_chunk.Length - _chunkUsed < payload.Length)
        {
            _chunk = new byte[ChunkBytes];
            _chunkUsed = 0;
        }

        payload.CopyTo(_chunk.AsSpan(_chunkUsed));
        _entries.Add(new Entry(_chunk, _chunkUsed, payload.Length, _epoch));
        _chunkUsed += payload.Length;
        _sizeBytes += payload.Length;
    }

    private bool TryGet(ulong sequence, out Entry entry)
    {
        lock (_sync)
        {
            if (sequence < _first)
            {
                throw Damaged(sequence, Invariant($"trimmed, the first held is {_first}"));
            }

            entry = sequence <= LastSequence ? _entries[(int)(sequence - _first)] : default;
            return sequence <= LastSequence;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private EventLogException Damaged(ulong sequence, string what) =>
        LogFault.Damaged(Place, partition, sequence, what);

    private readonly record struct Entry(byte[] Chunk, int Offset, int Bytes, uint Epoch);

    // Chunks are never reused, so a payload stays valid even while the log is trimmed.
    private sealed class Reader(MemoryPartition owner, ulong sequence) : IEventLogReader
    {
        private ulong _next = sequence;
        private Entry _current;

        public LogPosition Position { get; private set; }

        public ReadOnlySpan<byte> Payload => _current.Chunk.AsSpan(_current.Offset, _current.Bytes);

        public bool MoveNext()
        {
            if (!owner.TryGet(_next, out Entry entry))
            {
                return false;
            }

            _current = entry;
            Position = new LogPosition(entry.Epoch, _next);
            _next++;
            return true;
        }

        public void Dispose()
        {
        }
    }
}
