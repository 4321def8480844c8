namespace Ebb.Protocol.Messages;

/// <summary>Head of the reply of GRAPH; unknown relations and statuses follow.</summary>
public readonly record struct GraphReplyHead(ulong Generation)
{
    private const byte LearningBit = 1;

    public uint Nodes { get; init; }

    public uint Edges { get; init; }

    public uint LearnedEdges { get; init; }

    public uint Repeated { get; init; }

    public uint Refused { get; init; }

    public uint Cycles { get; init; }

    public uint Dangling { get; init; }

    public uint WithoutVector { get; init; }

    public uint Enriched { get; init; }

    public uint Unreached { get; init; }

    public uint Computed { get; init; }

    public uint ItemsChanged { get; init; }

    public bool IsLearning { get; init; }

    public ushort UnknownRelations { get; init; }

    public static GraphReplyHead Read(ref WireReader reader)
    {
        var head = new GraphReplyHead(reader.ReadUInt64())
        {
            Nodes = reader.ReadUInt32(),
            Edges = reader.ReadUInt32(),
            LearnedEdges = reader.ReadUInt32(),
            Repeated = reader.ReadUInt32(),
            Refused = reader.ReadUInt32(),
            Cycles = reader.ReadUInt32(),
            Dangling = reader.ReadUInt32(),
            WithoutVector = reader.ReadUInt32(),
            Enriched = reader.ReadUInt32(),
            Unreached = reader.ReadUInt32(),
            Computed = reader.ReadUInt32(),
            ItemsChanged = reader.ReadUInt32(),
            IsLearning = (reader.ReadByte() & LearningBit) != 0,
        };
        reader.ReadByte();
        return head with { UnknownRelations = reader.ReadUInt16() };
    }

    /// <summary>One of the unknown relations: its name, and how many edges are of it.</summary>
    public static ReadOnlySpan<byte> ReadUnknown(scoped ref WireReader reader, out uint edgeCount)
    {
        byte length = reader.ReadByte();
        edgeCount = reader.ReadUInt32();
        return reader.ReadBytes(length);
    }

    public static void WriteUnknown(FrameBuffer body, ReadOnlySpan<byte> relation, uint edgeCount)
    {
        body.WriteByte((byte)relation.Length);
        body.WriteUInt32(edgeCount);
        body.WriteBytes(relation);
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt64(Generation);
        body.WriteUInt32(Nodes);
        body.WriteUInt32(Edges);
        body.WriteUInt32(LearnedEdges);
        body.WriteUInt32(Repeated);
        body.WriteUInt32(Refused);
        body.WriteUInt32(Cycles);
        body.WriteUInt32(Dangling);
        body.WriteUInt32(WithoutVector);
        body.WriteUInt32(Enriched);
        body.WriteUInt32(Unreached);
        body.WriteUInt32(Computed);
        body.WriteUInt32(ItemsChanged);
        body.WriteByte(IsLearning ? LearningBit : (byte)0);
        body.WriteByte(0);
        body.WriteUInt16(UnknownRelations);
    }
}
