using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ebb.Engine.Encryption;

/// <summary>
/// AES-256-XTS (IEEE 1619) over sectors of 512 bytes, for a file whose sectors are written again as they fill: the
/// result depends on key, sector number and bytes alone, and is as long as what went in. A sector of zeros on the
/// medium reads as zeros: it is a hole, or was erased. Any thread, one at a time.
/// </summary>
internal sealed class SectorCipher : IDisposable
{
    public const int SectorBytes = 512;
    public const int KeyBytes = 64;

    private const int BlockBytes = 16;
    private const int BlocksPerSector = SectorBytes / BlockBytes;
    private const int ChunkSectors = 64;

    // x^128 + x^7 + x^2 + x + 1, the field's polynomial.
    private const ulong Reduction = 0x87;

    private readonly Lock _sync = new();
    private readonly Aes _data = Aes.Create();
    private readonly Aes _tweak = Aes.Create();
    private readonly byte[] _firsts = new byte[ChunkSectors * BlockBytes];
    private readonly byte[] _tweaks = new byte[ChunkSectors * SectorBytes];
    private readonly byte[] _work = new byte[ChunkSectors * SectorBytes];

    /// <param name="key">The data's key, then the tweak's: two that differ.</param>
    public SectorCipher(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        _data.Key = key[..(KeyBytes / 2)].ToArray();
        _tweak.Key = key[(KeyBytes / 2)..].ToArray();
    }

    /// <summary>Whole sectors, from plain to hidden.</summary>
    /// <param name="plain">A multiple of 512 bytes.</param>
    /// <param name="hidden">As long.</param>
    /// <param name="offset">Where they stand in the file: a multiple of 512.</param>
    public void Hide(ReadOnlySpan<byte> plain, Span<byte> hidden, long offset)
    {
        ThrowUnlessSectors(plain.Length, offset);
        lock (_sync)
        {
            for (int start = 0; start < plain.Length; start += _work.Length)
            {
                int length = Math.Min(_work.Length, plain.Length - start);
                Span<byte> work = _work.AsSpan(0, length);
                MakeTweaks((offset + start) / SectorBytes, length / SectorBytes);
                Xor(plain.Slice(start, length), _tweaks, work);
                _data.EncryptEcb(work, work, PaddingMode.None);
                Xor(work, _tweaks, hidden.Slice(start, length));
            }
        }
    }

    /// <summary>Whole sectors in place.</summary>
    public void Show(Span<byte> sectors, long offset)
    {
        ThrowUnlessSectors(sectors.Length, offset);
        lock (_sync)
        {
            for (int start = 0; start < sectors.Length; start += _work.Length)
            {
                Span<byte> part = sectors.Slice(start, Math.Min(_work.Length, sectors.Length - start));
                Span<byte> work = _work.AsSpan(0, part.Length);
                MakeTweaks((offset + start) / SectorBytes, part.Length / SectorBytes);
                Xor(part, _tweaks, work);
                _data.DecryptEcb(work, work, PaddingMode.None);
                Xor(work, _tweaks, work);
                CopyWritten(work, part);
            }
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _tweak.Dispose();
        CryptographicOperations.ZeroMemory(_work);
    }

    private static void ThrowUnlessSectors(int length, long offset)
    {
        if (length % SectorBytes != 0 || offset % SectorBytes != 0 || offset < 0)
        {
            throw new ArgumentException($"{length} bytes at {offset} are no sectors");
        }
    }

    private static void CopyWritten(ReadOnlySpan<byte> shown, Span<byte> sectors)
    {
        for (int start = 0; start < sectors.Length; start += SectorBytes)
        {
            Span<byte> sector = sectors.Slice(start, SectorBytes);
            if (sector.ContainsAnyExcept((byte)0))
            {
                shown.Slice(start, SectorBytes).CopyTo(sector);
            }
        }
    }

    // T(0) = AES(sector number), T(j) = T(j - 1) times x in GF(2^128), little-endian.
    private void MakeTweaks(long firstSector, int count)
    {
        Span<byte> firsts = _firsts.AsSpan(0, count * BlockBytes);
        firsts.Clear();
        for (int sector = 0; sector < count; sector++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(firsts[(sector * BlockBytes)..], firstSector + sector);
        }

        _tweak.EncryptEcb(firsts, firsts, PaddingMode.None);
        for (int sector = 0; sector < count; sector++)
        {
            ulong low = BinaryPrimitives.ReadUInt64LittleEndian(firsts[(sector * BlockBytes)..]);
            ulong high = BinaryPrimitives.ReadUInt64LittleEndian(firsts[((sector * BlockBytes) + 8)..]);
            Span<byte> tweaks = _tweaks.AsSpan(sector * SectorBytes, SectorBytes);
            for (int block = 0; block < BlocksPerSector; block++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(tweaks[(block * BlockBytes)..], low);
                BinaryPrimitives.WriteUInt64LittleEndian(tweaks[((block * BlockBytes) + 8)..], high);
                ulong carry = (ulong)((long)high >> 63) & Reduction;
                high = (high << 1) | (low >> 63);
                low = (low << 1) ^ carry;
            }
        }
    }

    // Whole sectors: a multiple of every vector's width.
    private static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> result)
    {
        ReadOnlySpan<Vector<byte>> lefts = MemoryMarshal.Cast<byte, Vector<byte>>(left);
        ReadOnlySpan<Vector<byte>> rights = MemoryMarshal.Cast<byte, Vector<byte>>(right);
        Span<Vector<byte>> results = MemoryMarshal.Cast<byte, Vector<byte>>(result);
        for (int index = 0; index < lefts.Length; index++)
        {
            results[index] = lefts[index] ^ rights[index];
        }
    }
}
