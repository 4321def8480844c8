using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Ebb.Protocol;

/// <summary>
/// Writes one frame into a buffer: the header's fields first, then tagged fields, then the body through
/// <see cref="Body"/>; Complete fills in the two lengths. Whoever holds the buffer may not write another frame between.
/// </summary>
public ref struct FrameWriter
{
    private readonly FrameBuffer _buffer;
    private readonly int _start;
    private readonly FrameHeader _header;
    private int _bodyStart;

    /// <param name="buffer">The frame is appended to it.</param>
    /// <param name="header">Its lengths are ignored.</param>
    public FrameWriter(FrameBuffer buffer, scoped in FrameHeader header)
    {
        _buffer = buffer;
        _start = buffer.Length;
        _header = header;
        buffer.Append(FrameHeader.Bytes);
    }

    /// <summary>Where the frame is written.</summary>
    public readonly FrameBuffer Buffer => _buffer;

    /// <summary>Bytes of the frame so far.</summary>
    public readonly int FrameBytes => _buffer.Length - _start;

    public readonly void Tag(FieldTag tag, ulong value)
    {
        var field = TagHeader(tag, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(field, value);
    }

    public readonly void Tag(FieldTag tag, uint value)
    {
        var field = TagHeader(tag, sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(field, value);
    }

    public readonly void Tag(FieldTag tag, ReadOnlySpan<byte> value) =>
        value.CopyTo(TagHeader(tag, value.Length));

    /// <summary>A text for a person, cut at 256 bytes.</summary>
    public readonly void TagMessage(string text)
    {
        Span<byte> utf8 = stackalloc byte[TaggedFields.MessageBytesMax];
        Encoding.UTF8.GetEncoder().Convert(text, utf8, flush: true, out _, out int bytes, out _);
        Tag(FieldTag.Message, utf8[..bytes]);
    }

    /// <summary>Ends the tagged fields; what is appended to the buffer from now on is the body.</summary>
    public FrameBuffer Body()
    {
        Debug.Assert(_bodyStart == 0, "a frame has one body");
        _bodyStart = _buffer.Length;
        return _buffer;
    }

    /// <returns>Bytes of the whole frame.</returns>
    public int Complete()
    {
        if (_bodyStart == 0)
        {
            Body();
        }

        var header = _header with
        {
            TaggedBytes = (ushort)(_bodyStart - _start - FrameHeader.Bytes),
            BodyBytes = (uint)(_buffer.Length - _bodyStart),
        };
        header.Write(_buffer.Patch(_start, FrameHeader.Bytes));
        return FrameBytes;
    }

    /// <summary>Takes the frame back.</summary>
    public readonly void Abandon() => _buffer.Truncate(_start);

    private readonly Span<byte> TagHeader(FieldTag tag, int valueBytes)
    {
        Debug.Assert(_bodyStart == 0, "tagged fields come before the body");
        var field = _buffer.Append(4 + valueBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)tag);
        BinaryPrimitives.WriteUInt16LittleEndian(field[2..], (ushort)valueBytes);
        return field[4..];
    }
}
