namespace Ebb.Protocol.Messages;

/// <summary>Reads the reply to SUBSCRIBE and the body of CHANGE, which are alike: a head, then phases.</summary>
public ref struct PhaseListReader
{
    private WireReader _reader;
    private int _left;

    /// <summary>CHANGE: an earlier one was dropped, as the client did not read.</summary>
    public bool HasMissed { get; private set; }

    public int Count { get; private set; }

    /// <summary>CHANGE: the moment, by the server's clock; 0 in the reply.</summary>
    public long AtMs { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out PhaseListReader list)
    {
        var reader = new WireReader(body);
        byte bits = reader.ReadByte();
        reader.ReadByte();
        ushort count = reader.ReadUInt16();
        reader.ReadUInt32();
        long atMs = reader.ReadInt64();
        list = new PhaseListReader
        {
            _reader = reader,
            _left = count,
            HasMissed = (bits & PhaseListWriter.MissedBit) != 0,
            Count = count,
            AtMs = atMs,
        };
        return !reader.Failed && (long)count * PhaseEntry.BytesMin <= reader.RestBytes
            ? StatusCode.Ok
            : StatusCode.Malformed;
    }

    public bool TryNext(out PhaseEntry phase)
    {
        phase = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        phase = PhaseEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
