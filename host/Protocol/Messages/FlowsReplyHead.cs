namespace Ebb.Protocol.Messages;

/// <summary>What the reply to FLOWS begins with; windows follow.</summary>
public readonly record struct FlowsReplyHead(bool IsCounted, int WindowCount, long AtMs, ulong DroppedCount)
{
    public static FlowsReplyHead Read(scoped ref WireReader reader)
    {
        byte counted = reader.ReadByte();
        byte windows = reader.ReadByte();
        return new FlowsReplyHead(counted != 0, windows, reader.ReadInt64(), reader.ReadUInt64());
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte(IsCounted ? (byte)1 : (byte)0);
        body.WriteByte((byte)WindowCount);
        body.WriteInt64(AtMs);
        body.WriteUInt64(DroppedCount);
    }
}

/// <summary>What a window of FLOWS begins with; its flows follow, then its balances.</summary>
public readonly record struct FlowWindowHead(long LengthMs, int FlowCount, int BalanceCount)
{
    public static FlowWindowHead Read(scoped ref WireReader reader) =>
        new(reader.ReadInt64(), reader.ReadUInt16(), reader.ReadUInt16());

    public void Write(FrameBuffer body)
    {
        body.WriteInt64(LengthMs);
        body.WriteUInt16((ushort)FlowCount);
        body.WriteUInt16((ushort)BalanceCount);
    }
}
