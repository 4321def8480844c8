using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ebb.Protocol;

/// <summary>
/// A cursor over bytes that somebody else sent. A read past the end yields zeros or an empty span and marks the reader
/// as failed for good, so a whole entry is read straight through and judged once. Never throws.
/// </summary>
public ref struct WireReader
{
    private ReadOnlySpan<byte> _rest;

    public WireReader(ReadOnlySpan<byte> bytes)
    {
        _rest = bytes;
    }

    public bool Failed { get; private set; }

    public readonly int RestBytes => _rest.Length;

    /// <summary>Everything was there and everything was read.</summary>
    public readonly bool IsComplete => !Failed && _rest.IsEmpty;

    public byte ReadByte()
    {
        var bytes = ReadBytes(1);
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    public ushort ReadUInt16()
    {
        var bytes = ReadBytes(2);
        return bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint ReadUInt32()
    {
        var bytes = ReadBytes(4);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        var bytes = ReadBytes(8);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public long ReadInt64() => (long)ReadUInt64();

    public float ReadSingle() => BitConverter.UInt32BitsToSingle(ReadUInt32());

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadUInt64());

    /// <summary>The next bytes themselves, not a copy; all of them or none.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (Failed || count > _rest.Length)
        {
            Fail();
            return default;
        }

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>Reads what fits the destination; a failed read leaves zeros.</summary>
    public void ReadSingles(scoped Span<float> destination)
    {
        var bytes = ReadBytes(destination.Length * sizeof(float));
        if (bytes.IsEmpty)
        {
            destination.Clear();
            return;
        }

        bytes.CopyTo(MemoryMarshal.AsBytes(destination));
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, uint>(destination);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    public void Fail()
    {
        Failed = true;
        _rest = default;
    }
}
