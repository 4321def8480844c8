namespace Ebb.Protocol.Messages;

/// <summary>One kind that a query asks for beside the items: how many, and of which.</summary>
public readonly ref struct KindEntry
{
    public const int KindCountMax = 16;

    public const int NameBytesMax = 32;

    public ushort Count { get; init; }

    /// <summary>UTF-8, 1 to 32 bytes.</summary>
    public ReadOnlySpan<byte> Kind { get; init; }

    public static KindEntry Read(scoped ref WireReader reader)
    {
        ushort count = reader.ReadUInt16();
        return new KindEntry { Count = count, Kind = reader.ReadBytes(reader.ReadByte()) };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt16(Count);
        body.WriteByte((byte)Kind.Length);
        body.WriteBytes(Kind);
    }

    /// <summary>Passes over all of them and judges: TooManyEntries, AttributeTooLong, KOutOfRange.</summary>
    internal static StatusCode Skip(scoped ref WireReader reader, int kindCount)
    {
        var status = kindCount > KindCountMax ? StatusCode.TooManyEntries : StatusCode.Ok;
        for (int index = 0; index < kindCount && !reader.Failed; index++)
        {
            var entry = Read(ref reader);
            if (entry.Kind.Length is 0 or > NameBytesMax)
            {
                status = StatusCode.AttributeTooLong;
            }
            else if (entry.Count is 0 or > 1000 && status == StatusCode.Ok)
            {
                status = StatusCode.KOutOfRange;
            }
        }

        return status;
    }
}
