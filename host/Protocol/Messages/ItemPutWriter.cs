using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>Writes the body of ITEM_PUT: per item Begin, a Tag each, then Vector.</summary>
public readonly ref struct ItemPutWriter
{
    private readonly FrameBuffer _body;

    /// <param name="body">Of the frame.</param>
    /// <param name="count">Items that will follow.</param>
    public ItemPutWriter(FrameBuffer body, int count)
    {
        _body = body;
        body.WriteUInt32((uint)count);
    }

    /// <param name="item">Its Tags and Vector are ignored; TagCount and Dimension announce them.</param>
    public void Begin(in ItemEntry item)
    {
        var start = _body.Append(ItemEntry.BytesMin);
        start[0] = (byte)item.Id.Length;
        start[1] = item.InStock ? ItemEntry.InStockBit : (byte)0;
        start[2] = (byte)item.Category.Length;
        start[3] = (byte)item.Brand.Length;
        start[4] = (byte)item.Merchant.Length;
        start[5] = (byte)item.TagCount;
        BinaryPrimitives.WriteUInt16LittleEndian(start[6..], (ushort)item.Dimension);
        _body.WriteBytes(item.Id);
        _body.WriteBytes(item.Category);
        _body.WriteBytes(item.Brand);
        _body.WriteBytes(item.Merchant);
    }

    public void Tag(ReadOnlySpan<byte> tag)
    {
        _body.WriteByte((byte)tag.Length);
        _body.WriteBytes(tag);
    }

    public void Vector(ReadOnlySpan<float> vector) => _body.WriteSingles(vector);
}
