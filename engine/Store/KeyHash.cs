using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ebb.Engine.Store;

/// <summary>
/// 64- and 128-bit hashes of user keys for tables in this process's memory (multiply-fold, as wyhash does). Seeded at
/// start: clients choose keys, and FASTER's own byte hash is a plain polynomial that anyone can collide. Never stored.
/// </summary>
internal static class KeyHash
{
    private const ulong FirstPrime = 0xA0761D6478BD642F;
    private const ulong SecondPrime = 0xE7037ED1A0B428DB;
    private const ulong ThirdPrime = 0x8EBC6AF09C88C6E3;

    private static readonly ulong LowSeed = RandomSeed();
    private static readonly ulong HighSeed = RandomSeed();

    internal static ulong Compute(ReadOnlySpan<byte> key) => Compute(key, LowSeed);

    internal static UInt128 Compute128(ReadOnlySpan<byte> key) => new(Compute(key, HighSeed), Compute(key, LowSeed));

    private static ulong Compute(ReadOnlySpan<byte> key, ulong seed)
    {
        ulong hash = seed ^ ((ulong)key.Length * ThirdPrime);
        while (key.Length >= sizeof(ulong))
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key), FirstPrime);
            key = key[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (byte value in key)
        {
            rest = (rest << 8) | value;
        }

        return Fold(Fold(hash ^ rest, SecondPrime) ^ seed, ThirdPrime);
    }

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    private static ulong RandomSeed()
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(seed);
        return BinaryPrimitives.ReadUInt64LittleEndian(seed);
    }
}
