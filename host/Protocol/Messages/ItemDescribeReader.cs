namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of ITEM_DESCRIBE. Use as <see cref="EventListReader"/>.</summary>
public ref struct ItemDescribeReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out ItemDescribeReader items)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(
            ref reader, count, ItemEntry.BytesMin + ItemDescriptionEntry.BytesMin, limits.BatchEntriesMax);
        items = status == StatusCode.Ok
            ? new ItemDescribeReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out ItemEntry item, out ItemDescriptionEntry description)
    {
        item = default;
        description = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        item = ItemEntry.Read(ref _reader);
        description = ItemDescriptionEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
