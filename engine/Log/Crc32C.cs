using System.Buffers.Binary;
using System.Numerics;

namespace Ebb.Engine.Log;

/// <summary>CRC-32C (Castagnoli), the checksum of every frame and record we write. Stateless.</summary>
internal static class Crc32C
{
    /// <summary>The CRC of a span; "123456789" gives 0xE3069283.</summary>
    internal static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
