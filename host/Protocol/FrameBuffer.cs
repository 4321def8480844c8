using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ebb.Protocol;

/// <summary>
/// A growing run of encoded frames, kept between uses. Not thread-safe: one writer at a time. Memory comes from the
/// shared array pool and goes back in Dispose or Trim.
/// </summary>
public sealed class FrameBuffer : IDisposable
{
    private const int BytesMin = 1024;

    private byte[] _bytes = [];
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>Bytes already written, for a length that is known only afterwards.</summary>
    public Span<byte> Patch(int offset, int count) => _bytes.AsSpan(offset, count);

    public void Clear() => _length = 0;

    /// <summary>Forgets what was written after this length.</summary>
    public void Truncate(int length)
    {
        Debug.Assert(length <= _length, "a buffer is only ever cut shorter");
        _length = length;
    }

    /// <summary>Empties, and gives memory back where one large frame made it grow past this.</summary>
    public void Trim(int keptBytesMax)
    {
        _length = 0;
        if (_bytes.Length > keptBytesMax)
        {
            Dispose();
        }
    }

    /// <summary>The next bytes to fill; their old content is arbitrary.</summary>
    public Span<byte> Append(int count)
    {
        int length = _length;
        if (count > _bytes.Length - length)
        {
            Grow(count);
        }

        _length = length + count;
        return _bytes.AsSpan(length, count);
    }

    public void WriteByte(byte value) => Append(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Append(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Append(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Append(8), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Append(8), value);

    public void WriteSingle(float value) => BinaryPrimitives.WriteSingleLittleEndian(Append(4), value);

    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Append(8), value);

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Append(value.Length));

    public void WriteSingles(ReadOnlySpan<float> values)
    {
        var target = Append(values.Length * sizeof(float));
        MemoryMarshal.AsBytes(values).CopyTo(target);
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, uint>(target);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        _length = 0;
    }

    private void Grow(int count)
    {
        int wanted = checked(_length + count);
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(BytesMin, Math.Max(wanted, _bytes.Length * 2)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
