namespace Ebb.Protocol.Messages;

/// <summary>Reads the body of GRAPH: the verb, and of a put its edges. Use as <see cref="EventListReader"/>.</summary>
public ref struct GraphRequestReader
{
    private WireReader _reader;
    private int _left;

    public EbbGraphVerb Verb { get; private set; }

    public int Count { get; private set; }

    /// <returns>Ok, Malformed or TooManyEntries.</returns>
    public static StatusCode TryOpen(ReadOnlySpan<byte> body, ProtocolLimits limits, out GraphRequestReader edges)
    {
        edges = default;
        var reader = new WireReader(body);
        byte verb = reader.ReadByte();
        reader.ReadBytes(3);
        if (reader.Failed || verb > (byte)EbbGraphVerb.Learn)
        {
            return StatusCode.Malformed;
        }

        uint count = 0;
        if ((EbbGraphVerb)verb == EbbGraphVerb.Put)
        {
            count = reader.ReadUInt32();
            var status = EntryCounts.Judge(ref reader, count, GraphEdgeEntry.BytesMin, limits.BatchEntriesMax);
            if (status != StatusCode.Ok)
            {
                return status;
            }
        }

        edges = new GraphRequestReader
        {
            Verb = (EbbGraphVerb)verb,
            _reader = reader,
            _left = (int)count,
            Count = (int)count,
        };
        return StatusCode.Ok;
    }

    public static void WriteHead(FrameBuffer body, EbbGraphVerb verb, int count)
    {
        body.WriteByte((byte)verb);
        body.Append(3).Clear();
        if (verb == EbbGraphVerb.Put)
        {
            body.WriteUInt32((uint)count);
        }
    }

    public bool TryNext(out GraphEdgeEntry edge)
    {
        edge = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        edge = GraphEdgeEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
