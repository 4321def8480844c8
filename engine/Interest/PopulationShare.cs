using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>What one event added to the demand for an item: max(w, 0) at its time. 16 bytes, little-endian.</summary>
internal readonly record struct PopulationShare(uint ItemIndex, float Weight, long TimeMs)
{
    public const int Bytes = 16;

    public static PopulationShare Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadSingleLittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ItemIndex);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[4..], Weight);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], TimeMs);
    }
}
