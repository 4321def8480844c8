using System.Buffers.Binary;
using Ebb.Engine.Batching;

namespace Ebb.Engine.Interest;

/// <summary>
/// 64-bit hash of a key that is the same on every machine and for ever: it decides a user's partition, so it is part of
/// the folder format. FNV-1a over 8-byte words with Murmur3's finaliser; not meant to withstand an attacker.
/// </summary>
internal static class StableHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Compute(ReadOnlySpan<byte> key)
    {
        ulong hash = Offset ^ (ulong)key.Length;
        while (key.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key)) * Prime;
            hash ^= hash >> 32;
            key = key[8..];
        }

        foreach (byte b in key)
        {
            hash = (hash ^ b) * Prime;
        }

        hash ^= hash >> 33;
        hash *= 0xFF51AFD7ED558CCD;
        hash ^= hash >> 33;
        hash *= 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }

    public static ushort PartitionOf(ReadOnlySpan<byte> user, int partitionCount) =>
        PlaceOf(user, partitionCount).Partition;

    public static UserPlace PlaceOf(ReadOnlySpan<byte> user, int partitionCount)
    {
        ulong hash = Compute(user);
        return new UserPlace(hash, (ushort)Math.BigMul(hash, (uint)partitionCount, out _));
    }
}
