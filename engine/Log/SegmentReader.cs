using Ebb.Engine.Encryption;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>Reads a partition's segment files by logical address. Owns at most one open file. One thread.</summary>
internal sealed class SegmentReader(string folder) : IDisposable
{
    private readonly FolderCipher? _keys = FolderCipher.Of(folder);
    private SafeFileHandle? _handle;
    private SectorCipher? _cipher;
    private int _segment = -1;

    /// <summary>Bytes read: fewer than asked for where the file ends, none where there is no file.</summary>
    public int Read(long address, Span<byte> destination)
    {
        int segment = SegmentLayout.SegmentOf(address);
        if (segment != _segment)
        {
            Dispose();
            _handle = null;
            _cipher = null;
            _segment = -1;
            string path = SegmentLayout.SegmentPath(folder, segment);
            if (!File.Exists(path))
            {
                return 0;
            }

            _handle = OpenForRead(path);
            _cipher = _keys?.ForSegment(path);
            _segment = segment;
        }

        long offset = address - SegmentLayout.SegmentStart(address);
        return _cipher is null
            ? ReadAll(_handle!, destination, offset)
            : SectorFile.Read(_handle!, _cipher, destination, offset);
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _cipher?.Dispose();
    }

    /// <summary>The log library writes and a trim deletes while readers read.</summary>
    public static SafeFileHandle OpenForRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public static int ReadAll(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }
}
