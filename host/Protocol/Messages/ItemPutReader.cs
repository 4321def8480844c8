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
        byte idBytes = _reader.ReadByte();
        byte bits = _reader.ReadByte();
        byte categoryBytes = _reader.ReadByte();
        byte brandBytes = _reader.ReadByte();
        byte merchantBytes = _reader.ReadByte();
        byte tagCount = _reader.ReadByte();
        ushort dimension = _reader.ReadUInt16();
        if ((bits & ~ItemEntry.InStockBit) != 0)
        {
            _reader.Fail();
        }

        item = new ItemEntry
        {
            InStock = (bits & ItemEntry.InStockBit) != 0,
            TagCount = tagCount,
            Dimension = dimension,
            Id = _reader.ReadBytes(idBytes),
            Category = _reader.ReadBytes(categoryBytes),
            Brand = _reader.ReadBytes(brandBytes),
            Merchant = _reader.ReadBytes(merchantBytes),
            Tags = ReadTags(tagCount),
            Vector = _reader.ReadBytes(dimension * sizeof(float)),
        };
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;

    private ReadOnlySpan<byte> ReadTags(int tagCount)
    {
        var ahead = _reader;
        for (int index = 0; index < tagCount; index++)
        {
            ahead.ReadBytes(ahead.ReadByte());
        }

        if (ahead.Failed)
        {
            _reader.Fail();
            return default;
        }

        return _reader.ReadBytes(_reader.RestBytes - ahead.RestBytes);
    }
}
