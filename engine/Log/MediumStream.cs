using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// A new file written front to back through <see cref="FileMedium"/>, synced as it grows: a large file that is all
/// dirty at its end would keep the log's own syncs waiting behind it. One thread.
/// </summary>
internal sealed class MediumStream : Stream
{
    private const long UnsyncedBytesMax = 8 << 20;

    private readonly string _path;
    private readonly FileMedium _medium;
    private readonly SafeFileHandle _file;
    private long _position;
    private long _syncedTo;

    public MediumStream(string path)
    {
        _path = path;
        _medium = FileMedium.Of(path);
        _file = _medium.Open(path, FileMode.Create, FileAccess.Write);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _position;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Everything written is on the medium when it returns.</summary>
    public void Sync()
    {
        _medium.Sync(_path, _file);
        _syncedTo = _position;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _medium.Write(_path, _file, buffer, _position);
        _position += buffer.Length;
        if (_position - _syncedTo >= UnsyncedBytesMax)
        {
            Sync();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
