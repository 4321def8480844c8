using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>Folded counts of a partition since its log began. The partition's writer counts in place.</summary>
internal record struct FoldTotals(
    ulong Applied, ulong Clamped, ulong Parked, ulong Resolved, ulong GivenUp)
{
    public const int Bytes = 40;

    public static FoldTotals Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Applied);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Clamped);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Parked);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Resolved);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], GivenUp);
    }
}
