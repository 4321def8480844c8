namespace Ebb.Protocol.Messages;

/// <summary>
/// The sources behind the items of a list: TryNextName for what the kinds are called, then TryNext for what each adds,
/// item by item. Finish reads what is left and says whether the bytes were well-formed.
/// </summary>
public ref struct ListSourceReader
{
    private readonly int _itemCount;
    private WireReader _reader;
    private int _namesLeft;
    private int _item = -1;
    private int _sourcesLeft;

    internal ListSourceReader(WireReader reader, int itemCount)
    {
        _reader = reader;
        _itemCount = itemCount;
        _namesLeft = _reader.ReadByte();
    }

    /// <summary>The name is UTF-8, such as "vector" or "repeats".</summary>
    public bool TryNextName(out byte kind, out ReadOnlySpan<byte> name)
    {
        kind = 0;
        name = default;
        if (_namesLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _namesLeft--;
        kind = _reader.ReadByte();
        name = _reader.ReadBytes(_reader.ReadByte());
        return !_reader.Failed;
    }

    public bool TryNext(out ListSourceEntry source)
    {
        source = default;
        while (TryNextName(out _, out _))
        {
        }

        while (_sourcesLeft == 0 && _item + 1 < _itemCount && !_reader.Failed)
        {
            _item++;
            _sourcesLeft = _reader.ReadByte();
        }

        if (_sourcesLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _sourcesLeft--;
        byte kind = _reader.ReadByte();
        source = new ListSourceEntry(_item, kind, _reader.ReadSingle());
        return !_reader.Failed;
    }

    public StatusCode Finish()
    {
        while (TryNext(out _))
        {
        }

        return _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }
}
