namespace Ebb.Protocol.Messages;

/// <summary>Writes the reply to STATS.</summary>
public readonly ref struct StatsWriter
{
    private readonly FrameBuffer _body;

    public StatsWriter(FrameBuffer body, int count)
    {
        _body = body;
        body.WriteUInt32((uint)count);
    }

    /// <param name="key">At most 255 bytes.</param>
    /// <param name="value">At most 65,535 bytes.</param>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _body.WriteByte((byte)key.Length);
        _body.WriteUInt16((ushort)value.Length);
        _body.WriteBytes(key);
        _body.WriteBytes(value);
    }
}
