namespace Ebb.Protocol.Messages;

/// <summary>
/// The query that is the body of RECOMMEND and the start of ACT. Filter values are checked on reading and handed out
/// as the bytes they are, so that a server can look a filter up by them.
/// </summary>
public readonly ref struct QueryReader
{
    internal const byte ExcludeSeenBit = 1;
    internal const byte ExplainBit = 2;
    internal const byte HasNowBit = 4;
    internal const byte OutOfStockBit = 8;
    internal const byte ProbabilitiesBit = 16;
    internal const byte PriceBit = 32;
    internal const byte SegmentBit = 64;
    internal const byte MoreBit = 128;

    // Of the second byte of options.
    internal const byte KindsBit = 1;
    internal const byte SourcesBit = 2;

    public ReadOnlySpan<byte> User { get; private init; }

    public int Count { get; private init; }

    public ushort Surface { get; private init; }

    public bool ExcludeSeen { get; private init; }

    public bool Explain { get; private init; }

    public bool IncludeOutOfStock { get; private init; }

    public bool Probabilities { get; private init; }

    public bool Sources { get; private init; }

    /// <summary>long.MinValue: the server's clock.</summary>
    public long NowMs { get; private init; }

    /// <summary>Only items of these prices, both ends included.</summary>
    public bool HasPrice { get; private init; }

    public float PriceMin { get; private init; }

    public float PriceMax { get; private init; }

    /// <summary>UTF-8; empty: none.</summary>
    public ReadOnlySpan<byte> Segment { get; private init; }

    /// <summary>How many kinds are asked for beside the items: 0 to 16.</summary>
    public int KindCount { get; private init; }

    /// <summary>Read with <see cref="KindEntry"/>. Well-formed.</summary>
    public ReadOnlySpan<byte> Kinds { get; private init; }

    public int AllowCount { get; private init; }

    public int DenyCount { get; private init; }

    /// <summary>AllowCount, then DenyCount values, each kind u8, length u8, bytes. Well-formed.</summary>
    public ReadOnlySpan<byte> FilterValues { get; private init; }

    /// <param name="bytes">Starts with the query; ACT's events may follow.</param>
    /// <param name="limits">For K and the filter.</param>
    /// <param name="query">Valid when Ok.</param>
    /// <param name="rest">What follows the query.</param>
    /// <returns>Ok, Malformed, IdLength, KOutOfRange, NotFinite, TooManyEntries or AttributeTooLong.</returns>
    public static StatusCode TryRead(
        ReadOnlySpan<byte> bytes, ProtocolLimits limits, out QueryReader query, out ReadOnlySpan<byte> rest)
    {
        var reader = new WireReader(bytes);
        byte userBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        ushort count = reader.ReadUInt16();
        ushort surface = reader.ReadUInt16();
        byte allowCount = reader.ReadByte();
        byte denyCount = reader.ReadByte();
        byte more = (options & MoreBit) != 0 ? reader.ReadByte() : (byte)0;
        long nowMs = (options & HasNowBit) != 0 ? reader.ReadInt64() : long.MinValue;
        bool hasPrice = (options & PriceBit) != 0;
        float priceMin = hasPrice ? reader.ReadSingle() : 0;
        float priceMax = hasPrice ? reader.ReadSingle() : 0;
        var segment = (options & SegmentBit) != 0 ? reader.ReadBytes(reader.ReadByte()) : default;
        int kindCount = (more & KindsBit) != 0 ? reader.ReadByte() : 0;
        int kindOffset = bytes.Length - reader.RestBytes;
        var kindStatus = KindEntry.Skip(ref reader, kindCount);
        int kindEnd = bytes.Length - reader.RestBytes;
        var user = reader.ReadBytes(userBytes);
        int filterOffset = bytes.Length - reader.RestBytes;
        var filterStatus = SkipFilter(ref reader, allowCount + denyCount);
        rest = default;
        query = default;
        if (reader.Failed || (more & ~(KindsBit | SourcesBit)) != 0)
        {
            return StatusCode.Malformed;
        }

        rest = bytes[^reader.RestBytes..];
        query = new QueryReader
        {
            User = user,
            Count = count,
            Surface = surface,
            ExcludeSeen = (options & ExcludeSeenBit) != 0,
            Explain = (options & ExplainBit) != 0,
            IncludeOutOfStock = (options & OutOfStockBit) != 0,
            Probabilities = (options & ProbabilitiesBit) != 0,
            Sources = (more & SourcesBit) != 0,
            NowMs = nowMs,
            HasPrice = hasPrice,
            PriceMin = priceMin,
            PriceMax = priceMax,
            Segment = segment,
            KindCount = kindCount,
            Kinds = bytes[kindOffset..kindEnd],
            AllowCount = allowCount,
            DenyCount = denyCount,
            FilterValues = bytes[filterOffset..^reader.RestBytes],
        };
        var status = filterStatus != StatusCode.Ok ? filterStatus : query.Judge(limits);
        return status != StatusCode.Ok ? status : kindStatus;
    }

    private static StatusCode SkipFilter(ref WireReader reader, int valueCount)
    {
        var status = StatusCode.Ok;
        for (int index = 0; index < valueCount && !reader.Failed; index++)
        {
            byte kind = reader.ReadByte();
            var value = reader.ReadBytes(reader.ReadByte());
            if (kind > (byte)EbbAttributeKind.Tag)
            {
                reader.Fail();
            }

            if (value.Length > ProtocolLimits.AttributeBytesMax)
            {
                status = StatusCode.AttributeTooLong;
            }
        }

        return status;
    }

    private StatusCode Judge(ProtocolLimits limits)
    {
        if (User.Length is 0 or > ProtocolLimits.IdBytesMax)
        {
            return StatusCode.IdLength;
        }

        if (Count == 0 || Count > limits.CountMax)
        {
            return StatusCode.KOutOfRange;
        }

        if (float.IsNaN(PriceMin) || float.IsNaN(PriceMax))
        {
            return StatusCode.NotFinite;
        }

        if (Segment.Length > ProtocolLimits.AttributeBytesMax)
        {
            return StatusCode.AttributeTooLong;
        }

        return Math.Max(AllowCount, DenyCount) > limits.FilterValuesMax ? StatusCode.TooManyEntries : StatusCode.Ok;
    }
}
