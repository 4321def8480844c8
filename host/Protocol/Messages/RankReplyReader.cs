namespace Ebb.Protocol.Messages;

/// <summary>Reads the reply to RANK.</summary>
public ref struct RankReplyReader
{
    private WireReader _reader;
    private int _left;

    public ulong Generation { get; private set; }

    public int Count { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out RankReplyReader reply)
    {
        var reader = new WireReader(body);
        ulong generation = reader.ReadUInt64();
        uint count = reader.ReadUInt32();
        reader.ReadUInt32();
        bool whole = !reader.Failed && (long)count * RankReplyWriter.EntryBytes == reader.RestBytes;
        reply = whole
            ? new RankReplyReader { _reader = reader, _left = (int)count, Count = (int)count, Generation = generation }
            : default;
        return whole ? StatusCode.Ok : StatusCode.Malformed;
    }

    public bool TryNext(out StatusCode status, out float score, out float interest)
    {
        bool any = _left > 0;
        _left -= any ? 1 : 0;
        status = any ? (StatusCode)_reader.ReadUInt16() : default;
        if (any)
        {
            _reader.ReadUInt16();
        }

        score = any ? _reader.ReadSingle() : 0;
        interest = any ? _reader.ReadSingle() : 0;
        return any;
    }
}
