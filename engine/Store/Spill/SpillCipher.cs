using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// What stands in scratch files is AES-128-CBC of each block under a key that is drawn at open and lives in this
/// process alone: a forgotten user's dead records need no erasing, and what a killed process leaves tells nothing. The
/// vector of a block is its place, so it can be read by itself. Any thread.
/// </summary>
internal sealed class SpillCipher : IDisposable
{
    private const int VectorBytes = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(VectorBytes);

    // An Aes is for one thread at a time; there are as many as disk threads.
    private readonly ConcurrentBag<Aes> _idle = [];

    /// <summary>Whole blocks, from plain to hidden. The offset is unique over all files of the store.</summary>
    internal void Hide(ReadOnlySpan<byte> plain, Span<byte> hidden, long offset)
    {
        Aes aes = Take();
        Span<byte> vector = stackalloc byte[VectorBytes];
        for (int start = 0; start < plain.Length; start += SpillDevice.BlockBytes)
        {
            VectorOf(offset + start, vector);
            aes.EncryptCbc(
                plain.Slice(start, SpillDevice.BlockBytes), vector, hidden.Slice(start, SpillDevice.BlockBytes),
                PaddingMode.None);
        }

        _idle.Add(aes);
    }

    /// <summary>One block, in place.</summary>
    internal void Show(Span<byte> block, long offset)
    {
        Aes aes = Take();
        Span<byte> vector = stackalloc byte[VectorBytes];
        VectorOf(offset, vector);
        aes.DecryptCbc(block, vector, block, PaddingMode.None);
        _idle.Add(aes);
    }

    public void Dispose()
    {
        while (_idle.TryTake(out Aes? aes))
        {
            aes.Dispose();
        }
    }

    private Aes Take()
    {
        if (!_idle.TryTake(out Aes? aes))
        {
            aes = Aes.Create();
            aes.Key = _key;
        }

        return aes;
    }

    private static void VectorOf(long offset, Span<byte> vector)
    {
        vector.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(vector, offset);
    }
}
