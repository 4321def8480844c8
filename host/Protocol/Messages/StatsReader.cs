namespace Ebb.Protocol.Messages;

/// <summary>Reads the reply to STATS: u32 count, then key length u8, value length u16, key, value; UTF-8.</summary>
public ref struct StatsReader
{
    internal const int PairBytesMin = 3;

    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out StatsReader stats)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, PairBytesMin, int.MaxValue);
        stats = status == StatusCode.Ok
            ? new StatsReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = default;
        value = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        byte keyBytes = _reader.ReadByte();
        ushort valueBytes = _reader.ReadUInt16();
        key = _reader.ReadBytes(keyBytes);
        value = _reader.ReadBytes(valueBytes);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
