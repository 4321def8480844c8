namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of ITEM_PATCH. Use as <see cref="EventListReader"/>.</summary>
public ref struct ItemPatchReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out ItemPatchReader patches)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, ItemPatchEntry.BytesMin, limits.BatchEntriesMax);
        patches = status == StatusCode.Ok
            ? new ItemPatchReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out ItemPatchEntry patch)
    {
        patch = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        patch = ItemPatchEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
