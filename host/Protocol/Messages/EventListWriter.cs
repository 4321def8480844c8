using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>Writes u32 count and the events of OBSERVE or ACT; Complete fills in the count.</summary>
public readonly ref struct EventListWriter
{
    private readonly FrameBuffer _body;
    private readonly int _countOffset;

    public EventListWriter(FrameBuffer body)
    {
        _body = body;
        _countOffset = body.Length;
        body.WriteUInt32(0);
    }

    /// <summary>Ids of at most 255 bytes; the user stays empty in ACT.</summary>
    public void Add(in EventEntry entry)
    {
        int present = (entry.HasValue ? EventEntry.HasValueBit : 0)
            | (entry.EventId != 0 ? EventEntry.HasEventIdBit : 0);
        var start = _body.Append(EventEntry.BytesMin);
        start[0] = (byte)entry.User.Length;
        start[1] = (byte)entry.Item.Length;
        start[2] = entry.Type;
        start[3] = (byte)present;
        BinaryPrimitives.WriteInt64LittleEndian(start[4..], entry.TimeMs);
        if (entry.HasValue)
        {
            _body.WriteSingle(entry.Value);
        }

        if (entry.EventId != 0)
        {
            _body.WriteUInt64(entry.EventId);
        }

        _body.WriteBytes(entry.User);
        _body.WriteBytes(entry.Item);
    }

    public void Complete(int count) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_body.Patch(_countOffset, 4), (uint)count);
}
