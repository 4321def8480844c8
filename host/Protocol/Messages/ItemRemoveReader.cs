namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of ITEM_REMOVE: u32 count, then length u8 and bytes each.</summary>
public ref struct ItemRemoveReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out ItemRemoveReader items)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, 1, limits.BatchEntriesMax);
        items = status == StatusCode.Ok
            ? new ItemRemoveReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out ReadOnlySpan<byte> id)
    {
        id = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        id = _reader.ReadBytes(_reader.ReadByte());
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
