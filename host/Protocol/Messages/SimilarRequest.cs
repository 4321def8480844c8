namespace Ebb.Protocol.Messages;

/// <summary>
/// Body of SIMILAR: what is asked, the basket's other items, and a query that has the first item in its user's place.
/// </summary>
public readonly ref struct SimilarRequest
{
    public const int HeadBytes = 4;

    /// <summary>Items of a basket, the first included.</summary>
    public const int ItemCountMax = 32;

    public EbbSimilarKind Kind { get; init; }

    public QueryReader Query { get; private init; }

    /// <summary>Items after the first one.</summary>
    public int OtherCount { get; init; }

    /// <summary>OtherCount times length u8 and bytes. Well-formed.</summary>
    public ReadOnlySpan<byte> Others { get; private init; }

    /// <returns>Ok, Malformed, IdLength, KOutOfRange, TooManyEntries or AttributeTooLong.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, ProtocolLimits limits, out SimilarRequest request)
    {
        request = default;
        var reader = new WireReader(body);
        byte kind = reader.ReadByte();
        byte otherCount = reader.ReadByte();
        reader.ReadUInt16();
        if (reader.Failed || kind > (byte)EbbSimilarKind.Complementary)
        {
            return StatusCode.Malformed;
        }

        var status = QueryReader.TryRead(body[HeadBytes..], limits, out var query, out var others);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        request = new SimilarRequest
        {
            Kind = (EbbSimilarKind)kind,
            Query = query,
            OtherCount = otherCount,
            Others = others,
        };
        return JudgeOthers(others, otherCount);
    }

    /// <summary>What stands before the query; after it the others follow, length u8 and bytes each.</summary>
    public static void WriteHead(FrameBuffer body, EbbSimilarKind kind, int otherCount)
    {
        body.WriteByte((byte)kind);
        body.WriteByte((byte)otherCount);
        body.WriteUInt16(0);
    }

    public static void WriteOther(FrameBuffer body, ReadOnlySpan<byte> item)
    {
        body.WriteByte((byte)item.Length);
        body.WriteBytes(item);
    }

    private static StatusCode JudgeOthers(ReadOnlySpan<byte> others, int count)
    {
        var reader = new WireReader(others);
        bool areLengthsValid = true;
        for (int index = 0; index < count && !reader.Failed; index++)
        {
            areLengthsValid &= reader.ReadBytes(reader.ReadByte()).Length is >= 1 and <= ProtocolLimits.IdBytesMax;
        }

        if (!reader.IsComplete)
        {
            return StatusCode.Malformed;
        }

        if (count >= ItemCountMax)
        {
            return StatusCode.TooManyEntries;
        }

        return areLengthsValid ? StatusCode.Ok : StatusCode.IdLength;
    }
}
