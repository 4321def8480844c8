namespace Ebb.Protocol.Messages;

/// <summary>
/// What an entry of ITEM_DESCRIBE has behind an item as ITEM_PUT writes it: a text, and named stretches of the vector.
/// </summary>
public readonly ref struct ItemDescriptionEntry
{
    /// <summary>Behind the item's own.</summary>
    public const int BytesMin = 4;

    private const byte EncodeBit = 1;

    /// <summary>The text's vector is wanted in place of one that is given.</summary>
    public bool EncodeText { get; init; }

    /// <summary>UTF-8; empty for none.</summary>
    public ReadOnlySpan<byte> Text { get; init; }

    public int BlockCount { get; init; }

    /// <summary>BlockCount times name bytes u8, d u16, name and d floats. Well-formed.</summary>
    public ReadOnlySpan<byte> Blocks { get; init; }

    /// <summary>Fails the reader on an unknown bit.</summary>
    public static ItemDescriptionEntry Read(scoped ref WireReader reader)
    {
        byte bits = reader.ReadByte();
        byte blockCount = reader.ReadByte();
        ushort textBytes = reader.ReadUInt16();
        if ((bits & ~EncodeBit) != 0)
        {
            reader.Fail();
        }

        var text = reader.ReadBytes(textBytes);
        var ahead = reader;
        for (int index = 0; index < blockCount; index++)
        {
            TryReadBlock(ref ahead, out _, out _);
        }

        if (ahead.Failed)
        {
            reader.Fail();
            return default;
        }

        return new ItemDescriptionEntry
        {
            EncodeText = (bits & EncodeBit) != 0,
            Text = text,
            BlockCount = blockCount,
            Blocks = reader.ReadBytes(reader.RestBytes - ahead.RestBytes),
        };
    }

    public static bool TryReadBlock(
        scoped ref WireReader reader, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> values)
    {
        byte nameBytes = reader.ReadByte();
        ushort dimension = reader.ReadUInt16();
        name = reader.ReadBytes(nameBytes);
        values = reader.ReadBytes(dimension * sizeof(float));
        return !reader.Failed;
    }

    /// <summary>Blocks follow, BlockCount of them.</summary>
    public void WriteHead(FrameBuffer body)
    {
        body.WriteByte(EncodeText ? EncodeBit : (byte)0);
        body.WriteByte((byte)BlockCount);
        body.WriteUInt16((ushort)Text.Length);
        body.WriteBytes(Text);
    }

    public static void WriteBlock(FrameBuffer body, ReadOnlySpan<byte> name, ReadOnlySpan<float> values)
    {
        body.WriteByte((byte)name.Length);
        body.WriteUInt16((ushort)values.Length);
        body.WriteBytes(name);
        body.WriteSingles(values);
    }
}
