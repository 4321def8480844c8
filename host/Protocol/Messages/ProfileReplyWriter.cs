using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>Writes the reply to PROFILE: head, direction, masses; then the recent events, then the phases.</summary>
public readonly ref struct ProfileReplyWriter
{
    private readonly FrameBuffer _body;
    private readonly int _recentCountOffset;

    public ProfileReplyWriter(
        FrameBuffer body, in ProfileHead head, ReadOnlySpan<float> direction, ReadOnlySpan<double> masses)
    {
        _body = body;
        _recentCountOffset = body.Length + 6;
        body.WriteByte(head.Known ? (byte)1 : (byte)0);
        body.WriteByte(0);
        body.WriteUInt16((ushort)direction.Length);
        body.WriteUInt16((ushort)masses.Length);
        body.WriteUInt16(0);
        body.WriteDouble(head.Log2Scale);
        body.WriteInt64(head.LastEventMs);
        body.WriteUInt64(head.EventCount);
        body.WriteDouble(head.Drift);
        body.WriteUInt64(head.Generation);
        body.WriteSingles(direction);
        foreach (double mass in masses)
        {
            body.WriteDouble(mass);
        }
    }

    /// <summary>Only where they were asked for, after the last recent event; at most 255.</summary>
    public void Phase(in PhaseEntry phase)
    {
        _body.Patch(_recentCountOffset - 5, 1)[0]++;
        phase.Write(_body);
    }

    public void Recent(ReadOnlySpan<byte> item, byte eventType, long timeMs, float weight)
    {
        var count = _body.Patch(_recentCountOffset, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(
            count, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(count) + 1));
        PastEventEntry.Write(_body, item, eventType, timeMs, weight);
    }
}
