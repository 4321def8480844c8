using System.Buffers;
using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Encryption;

/// <summary>Plain bytes at any place of a file of hidden sectors. Stateless.</summary>
internal static class SectorFile
{
    private const int Sector = SectorCipher.SectorBytes;
    private const int RereadMax = 16;

    /// <summary>Bytes read: fewer than asked for where the file's last whole sector ends.</summary>
    public static int Read(SafeFileHandle file, SectorCipher cipher, Span<byte> destination, long offset)
    {
        long first = offset - (offset % Sector);
        int length = (int)RoundUp(offset + destination.Length - first);
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> sectors = rented.AsSpan(0, length);
            int read = SegmentReader.ReadAll(file, sectors, first);
            sectors = sectors[..(read - (read % Sector))];
            Settle(file, sectors, first);
            cipher.Show(sectors, first);
            int skipped = (int)(offset - first);
            int count = Math.Clamp(sectors.Length - skipped, 0, destination.Length);
            sectors.Slice(Math.Min(skipped, sectors.Length), count).CopyTo(destination);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Writes plain bytes at a whole sector's place, as whole sectors: zeros follow the last byte.</summary>
    public static void Write(
        (string Path, SafeFileHandle Handle) file, SectorCipher cipher, ReadOnlySpan<byte> plain, long offset)
    {
        int length = (int)RoundUp(plain.Length);
        byte[] hidden = ArrayPool<byte>.Shared.Rent(2 * length);
        try
        {
            Span<byte> padded = hidden.AsSpan(length, length);
            plain.CopyTo(padded);
            padded[plain.Length..].Clear();
            cipher.Hide(padded, hidden.AsSpan(0, length), offset);
            FileMedium.Of(file.Path).Write(file.Path, file.Handle, hidden.AsSpan(0, length), offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(hidden, clearArray: true);
        }
    }

    // The tail's sector may be written again while it is read. In the clear the bytes that were there stay; hidden, the
    // sixteen around the old end change, and half of each is neither. Two readings that agree are one of the two.
    private static void Settle(SafeFileHandle file, Span<byte> sectors, long first)
    {
        if (sectors.IsEmpty)
        {
            return;
        }

        Span<byte> again = stackalloc byte[Sector];
        Span<byte> last = sectors[^Sector..];
        long offset = first + sectors.Length - Sector;
        for (int attempt = 0; attempt < RereadMax; attempt++)
        {
            if (SegmentReader.ReadAll(file, again, offset) < Sector || again.SequenceEqual(last))
            {
                return;
            }

            again.CopyTo(last);
        }
    }

    private static long RoundUp(long bytes) => (bytes + Sector - 1) / Sector * Sector;
}
