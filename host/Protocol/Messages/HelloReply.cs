namespace Ebb.Protocol.Messages;

/// <summary>Body of a HELLO reply: what the server agreed to and what it bears.</summary>
public readonly ref struct HelloReply
{
    public byte Version { get; init; }

    public ushort Dimension { get; init; }

    public uint FrameBytesMax { get; init; }

    public uint BatchEntriesMax { get; init; }

    public uint CandidatesMax { get; init; }

    public uint CountMax { get; init; }

    public uint InFlightMax { get; init; }

    public uint InFlightBytesMax { get; init; }

    public ushort TaggedBytesMax { get; init; }

    public ushort FilterValuesMax { get; init; }

    public ulong CatalogueGeneration { get; init; }

    /// <summary>What this server knows to be durable of the session that HELLO named; 0: nothing.</summary>
    public ulong SessionMark { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public static HelloReply From(ProtocolLimits limits) => new()
    {
        Version = FrameHeader.Version1,
        FrameBytesMax = (uint)limits.FrameBytesMax,
        BatchEntriesMax = (uint)limits.BatchEntriesMax,
        CandidatesMax = (uint)limits.CandidatesMax,
        CountMax = (uint)limits.CountMax,
        InFlightMax = (uint)limits.InFlightMax,
        InFlightBytesMax = (uint)limits.InFlightBytesMax,
        TaggedBytesMax = (ushort)limits.TaggedBytesMax,
        FilterValuesMax = (ushort)limits.FilterValuesMax,
    };

    public static StatusCode TryRead(ReadOnlySpan<byte> body, out HelloReply reply)
    {
        var reader = new WireReader(body);
        byte version = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        reply = new HelloReply
        {
            Version = version,
            Dimension = reader.ReadUInt16(),
            FrameBytesMax = reader.ReadUInt32(),
            BatchEntriesMax = reader.ReadUInt32(),
            CandidatesMax = reader.ReadUInt32(),
            CountMax = reader.ReadUInt32(),
            InFlightMax = reader.ReadUInt32(),
            InFlightBytesMax = reader.ReadUInt32(),
            TaggedBytesMax = reader.ReadUInt16(),
            FilterValuesMax = reader.ReadUInt16(),
        };
        reader.ReadUInt64();
        reply = reply with { CatalogueGeneration = reader.ReadUInt64(), SessionMark = reader.ReadUInt64() };
        reply = reply with { Name = reader.ReadBytes(nameBytes) };
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(Version);
        body.WriteByte((byte)Name.Length);
        body.WriteUInt16(Dimension);
        body.WriteUInt32(FrameBytesMax);
        body.WriteUInt32(BatchEntriesMax);
        body.WriteUInt32(CandidatesMax);
        body.WriteUInt32(CountMax);
        body.WriteUInt32(InFlightMax);
        body.WriteUInt32(InFlightBytesMax);
        body.WriteUInt16(TaggedBytesMax);
        body.WriteUInt16(FilterValuesMax);
        body.WriteByte(ProtocolLimits.IdBytesMax);
        body.WriteByte(ProtocolLimits.TenantBytesMax);
        body.WriteByte(ProtocolLimits.AttributeBytesMax);
        body.WriteByte(ProtocolLimits.TagCountMax);
        body.WriteUInt32(0);
        body.WriteUInt64(CatalogueGeneration);
        body.WriteUInt64(SessionMark);
        body.WriteBytes(Name);
    }
}
