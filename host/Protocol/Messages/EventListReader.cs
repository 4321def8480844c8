namespace Ebb.Protocol.Messages;

/// <summary>
/// The events of OBSERVE (the whole body) or of ACT (its end): u32 count, then entries. Open, then TryNext until false,
/// then Finish says whether the bytes were well-formed to the last one.
/// </summary>
public ref struct EventListReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    /// <returns>Ok; TooManyEntries; Malformed when the bytes present cannot hold the count.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> bytes, ProtocolLimits limits, out EventListReader events)
    {
        events = default;
        var reader = new WireReader(bytes);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, EventEntry.BytesMin, limits.BatchEntriesMax);
        if (status == StatusCode.Ok)
        {
            events._reader = reader;
            events._left = events.Count = (int)count;
        }

        return status;
    }

    public bool TryNext(out EventEntry entry)
    {
        entry = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        byte userBytes = _reader.ReadByte();
        byte itemBytes = _reader.ReadByte();
        byte type = _reader.ReadByte();
        byte present = _reader.ReadByte();
        long timeMs = _reader.ReadInt64();
        bool hasValue = (present & EventEntry.HasValueBit) != 0;
        float value = hasValue ? _reader.ReadSingle() : 0;
        ulong eventId = (present & EventEntry.HasEventIdBit) != 0 ? _reader.ReadUInt64() : 0;
        var user = _reader.ReadBytes(userBytes);
        var item = _reader.ReadBytes(itemBytes);
        if ((present & ~(EventEntry.HasValueBit | EventEntry.HasEventIdBit)) != 0)
        {
            _reader.Fail();
        }

        entry = new EventEntry
        {
            User = user,
            Item = item,
            Type = type,
            TimeMs = timeMs,
            HasValue = hasValue,
            Value = value,
            EventId = eventId,
        };
        return !_reader.Failed;
    }

    /// <summary>Ok when every entry was read and nothing is left over.</summary>
    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
