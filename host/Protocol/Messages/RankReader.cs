namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of RANK: user, moment, candidates. Use as <see cref="EventListReader"/>.</summary>
public ref struct RankReader
{
    internal const int CandidateBytesMin = 2;
    internal const byte HasRelevanceBit = 1;

    private WireReader _reader;
    private int _left;

    public ReadOnlySpan<byte> User { get; private set; }

    /// <summary>long.MinValue: the server's clock.</summary>
    public long NowMs { get; private set; }

    public int Count { get; private set; }

    /// <returns>Ok, Malformed, IdLength or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out RankReader rank)
    {
        var reader = new WireReader(body);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        reader.ReadUInt16();
        uint count = reader.ReadUInt32();
        long nowMs = (options & QueryReader.HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        var user = reader.ReadBytes(userBytes);
        rank = default;
        if ((options & ~QueryReader.HasNowBit) != 0)
        {
            return StatusCode.Malformed;
        }

        var status = EntryCounts.Judge(ref reader, count, CandidateBytesMin, limits.CandidatesMax);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        rank = new RankReader { _reader = reader, _left = (int)count, User = user, NowMs = nowMs, Count = (int)count };
        return user.Length is 0 or > ProtocolLimits.IdBytesMax ? StatusCode.IdLength : StatusCode.Ok;
    }

    /// <param name="item">1 to 255 bytes, or none.</param>
    /// <param name="hasRelevance">False: the caller gave none.</param>
    /// <param name="relevance">Any float, also not a finite one.</param>
    public bool TryNext(out ReadOnlySpan<byte> item, out bool hasRelevance, out float relevance)
    {
        item = default;
        hasRelevance = false;
        relevance = 0;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        byte itemBytes = _reader.ReadByte();
        byte present = _reader.ReadByte();
        hasRelevance = (present & HasRelevanceBit) != 0;
        relevance = hasRelevance ? _reader.ReadSingle() : 0;
        item = _reader.ReadBytes(itemBytes);
        if ((present & ~HasRelevanceBit) != 0)
        {
            _reader.Fail();
        }

        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
