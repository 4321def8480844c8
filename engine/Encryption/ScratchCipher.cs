using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ebb.Engine.Encryption;

/// <summary>
/// AES-128 in counter mode under a key that is drawn here and gone with the object, for a scratch file of which each
/// byte is written once: hiding and showing are the same. One thread.
/// </summary>
internal sealed class ScratchCipher : IDisposable
{
    private const int BlockBytes = 16;

    private readonly Aes _aes = Aes.Create();

    public ScratchCipher()
    {
        _aes.Key = RandomNumberGenerator.GetBytes(BlockBytes);
    }

    /// <param name="bytes">In place.</param>
    /// <param name="offset">Where they stand in the file; never the same bytes' place twice for hiding.</param>
    public void Apply(Span<byte> bytes, long offset)
    {
        int skipped = (int)(offset % BlockBytes);
        int length = (skipped + bytes.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
        byte[] stream = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> counters = stream.AsSpan(0, length);
        counters.Clear();
        for (int at = 0; at < length; at += BlockBytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(counters[at..], (offset + at) / BlockBytes);
        }

        _aes.EncryptEcb(counters, counters, PaddingMode.None);
        Xor(counters.Slice(skipped, bytes.Length), bytes);
        ArrayPool<byte>.Shared.Return(stream);
    }

    public void Dispose() => _aes.Dispose();

    private static void Xor(ReadOnlySpan<byte> stream, Span<byte> bytes)
    {
        int whole = bytes.Length - (bytes.Length % Vector<byte>.Count);
        ReadOnlySpan<Vector<byte>> from = MemoryMarshal.Cast<byte, Vector<byte>>(stream[..whole]);
        Span<Vector<byte>> to = MemoryMarshal.Cast<byte, Vector<byte>>(bytes[..whole]);
        for (int index = 0; index < to.Length; index++)
        {
            to[index] ^= from[index];
        }

        for (int index = whole; index < bytes.Length; index++)
        {
            bytes[index] ^= stream[index];
        }
    }
}
