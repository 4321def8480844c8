namespace Ebb.Protocol.Messages;

/// <summary>Writes the body of ITEM_REMOVE.</summary>
public readonly ref struct ItemRemoveWriter
{
    private readonly FrameBuffer _body;

    public ItemRemoveWriter(FrameBuffer body, int count)
    {
        _body = body;
        body.WriteUInt32((uint)count);
    }

    /// <param name="id">At most 255 bytes.</param>
    public void Add(ReadOnlySpan<byte> id)
    {
        _body.WriteByte((byte)id.Length);
        _body.WriteBytes(id);
    }
}
