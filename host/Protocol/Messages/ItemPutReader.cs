namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of ITEM_PUT. Use as <see cref="EventListReader"/>.</summary>
public ref struct ItemPutReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out ItemPutReader items)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, ItemEntry.BytesMin, limits.BatchEntriesMax);
        items = status == StatusCode.Ok
            ? new ItemPutReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out ItemEntry item)
    {
        item = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        item = ItemEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
