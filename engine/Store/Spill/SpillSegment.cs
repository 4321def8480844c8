using System.Buffers;
using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// One scratch file and the CRC-32C of each of its blocks, kept in memory (4 bytes per 4 KiB). Reads and writes come
/// from any disk thread; FASTER never writes a range that is being read.
/// </summary>
internal sealed class SpillSegment : IDisposable
{
    // A block that was never written has no checksum; a real checksum of 0 is kept as 1.
    private const uint NeverWritten = 0;

    private readonly SafeFileHandle _file;
    private readonly SpillCipher _cipher;

    // Of the segment in the whole log.
    private readonly long _firstByte;
    private readonly uint[] _checksums;

    internal SpillSegment(string path, long segmentBytes, long firstByte, SpillCipher cipher)
    {
        _firstByte = firstByte;
        _cipher = cipher;
        Path = path;
        _checksums = new uint[segmentBytes / SpillDevice.BlockBytes];
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
    }

    internal string Path { get; }

    internal void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        byte[] hidden = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            Span<byte> written = hidden.AsSpan(0, bytes.Length);
            _cipher.Hide(bytes, written, _firstByte + offset);
            int block = (int)(offset / SpillDevice.BlockBytes);
            for (int start = 0; start < bytes.Length; start += SpillDevice.BlockBytes)
            {
                _checksums[block++] = Checksum(written.Slice(start, SpillDevice.BlockBytes));
            }

            RandomAccess.Write(_file, written, offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(hidden);
        }
    }

    /// <summary>
    /// Fills the span, with zeros where nothing was written; false when a block is not what was written, or when
    /// nothing was written where it starts.
    /// </summary>
    internal bool TryRead(Span<byte> bytes, long offset)
    {
        Fill(bytes, offset);
        return TryShow(bytes, offset);
    }

    /// <summary>
    /// The same without waiting for the disk; false also where the system does not hold the bytes in memory: then the
    /// span's content is undefined.
    /// </summary>
    internal bool TryReadCached(Span<byte> bytes, long offset) =>
        CachedRead.TryRead(_file, bytes, offset) && TryShow(bytes, offset);

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(Path);
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        int filled = 0;
        int read;
        while (filled < bytes.Length && (read = RandomAccess.Read(_file, bytes[filled..], offset + filled)) > 0)
        {
            filled += read;
        }

        bytes[filled..].Clear();
    }

    private bool TryShow(Span<byte> bytes, long offset)
    {
        int block = (int)(offset / SpillDevice.BlockBytes);
        for (int start = 0; start < bytes.Length; start += SpillDevice.BlockBytes, block++)
        {
            // A read may reach past the segment's end: FASTER rounds a record's length up.
            uint expected = block < _checksums.Length ? Volatile.Read(ref _checksums[block]) : NeverWritten;
            Span<byte> bytesOfBlock = bytes.Slice(start, SpillDevice.BlockBytes);
            if (expected == NeverWritten)
            {
                if (start == 0)
                {
                    return false;
                }

                bytesOfBlock.Clear();
            }
            else if (expected != Checksum(bytesOfBlock))
            {
                return false;
            }
            else
            {
                _cipher.Show(bytesOfBlock, _firstByte + offset + start);
            }
        }

        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> block)
    {
        uint checksum = Crc32C.Compute(block);
        return checksum == NeverWritten ? 1 : checksum;
    }
}
