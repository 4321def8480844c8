using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>Reads a partition's segment files by logical address. Owns at most one open file. One thread.</summary>
internal sealed class SegmentReader(string folder) : IDisposable
{
    private SafeFileHandle? _handle;
    private int _segment = -1;

    /// <summary>Bytes read: fewer than asked for where the file ends, none where there is no file.</summary>
    public int Read(long address, Span<byte> destination)
    {
        int segment = SegmentLayout.SegmentOf(address);
        if (segment != _segment)
        {
            _handle?.Dispose();
            _handle = null;
            _segment = -1;
            string path = SegmentLayout.SegmentPath(folder, segment);
            if (!File.Exists(path))
            {
                return 0;
            }

            _handle = OpenForRead(path);
            _segment = segment;
        }

        return ReadAll(_handle!, destination, address - SegmentLayout.SegmentStart(address));
    }

    public void Dispose() => _handle?.Dispose();

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
