namespace Ebb.Protocol.Messages;

/// <summary>Writes the reply to SUBSCRIBE and the body of CHANGE: a head; the phases must follow.</summary>
public static class PhaseListWriter
{
    internal const byte MissedBit = 1;

    public static void WriteHead(FrameBuffer body, int count, bool hasMissed, long atMs)
    {
        body.WriteByte(hasMissed ? MissedBit : (byte)0);
        body.WriteByte(0);
        body.WriteUInt16((ushort)count);
        body.WriteUInt32(0);
        body.WriteInt64(atMs);
    }
}
