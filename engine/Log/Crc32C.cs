using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebb.Engine.Log;

/// <summary>
/// CRC-32C (Castagnoli, reflected, initial and final value all ones): one instruction per eight bytes where the CPU
/// has it, the same result in software where it has not. Stateless; any thread.
/// </summary>
internal static class Crc32C
{
    /// <summary>State before the first byte; pass it through <see cref="Update"/> and finish.</summary>
    public const uint Start = uint.MaxValue;

    public static uint Compute(ReadOnlySpan<byte> bytes) => Finish(Update(Start, bytes));

    public static uint Finish(uint state) => ~state;

    public static uint Update(uint state, ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int index = 0;
        for (; index <= bytes.Length - sizeof(ulong); index += sizeof(ulong))
        {
            // SAFETY: index + 8 <= Length by the loop's bound. Little-endian order is what the CRC of a stream wants.
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, index));
            word = BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
            state = BitOperations.Crc32C(state, word);
        }

        for (; index < bytes.Length; index++)
        {
            state = BitOperations.Crc32C(state, bytes[index]);
        }

        return state;
    }
}
