using System.Security.Cryptography;
using Ebb.Engine.Log;

namespace Ebb.Engine.Encryption;

/// <summary>
/// A new export, written front to back and finished by <see cref="Finish"/>: in the clear, or sealed
/// (<see cref="SealedFormat"/>) where its folder is encrypted. One thread.
/// </summary>
internal sealed class ExportStream : Stream
{
    private readonly MediumStream _file;
    private readonly AesGcm? _cipher;
    private readonly byte[] _header = [];
    private readonly byte[] _plain = [];
    private readonly byte[] _hidden = [];
    private int _filled;
    private long _chunk;

    public ExportStream(string path)
    {
        _file = new MediumStream(path);
        if (FolderCipher.Of(path) is { } folder)
        {
            _header = SealedFormat.NewHeader();
            _cipher = SealedFormat.Cipher(folder, _header);
            _plain = new byte[SealedFormat.ChunkBytes];
            _hidden = new byte[SealedFormat.ChunkBytes + SealedFormat.TagBytes];
            _file.Write(_header);
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes on the medium.</summary>
    public override long Length => _file.Length;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Stream OpenRead(string path, int bufferBytes)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferBytes);
        try
        {
            return FolderCipher.Of(path) is { } folder ? new SealedReader(file, folder) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_cipher is null)
        {
            _file.Write(buffer);
            return;
        }

        while (!buffer.IsEmpty)
        {
            if (_filled == _plain.Length)
            {
                WriteChunk(isLast: false);
            }

            int count = Math.Min(buffer.Length, _plain.Length - _filled);
            buffer[..count].CopyTo(_plain.AsSpan(_filled));
            _filled += count;
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>The file is whole and on the medium when it returns.</summary>
    public void Finish()
    {
        if (_cipher is not null)
        {
            WriteChunk(isLast: true);
        }

        _file.Sync();
    }

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
            _cipher?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void WriteChunk(bool isLast)
    {
        Span<byte> nonce = stackalloc byte[SealedFormat.NonceBytes];
        SealedFormat.WriteNonce(nonce, _chunk++, isLast);
        _cipher!.Encrypt(
            nonce, _plain.AsSpan(0, _filled), _hidden.AsSpan(0, _filled),
            _hidden.AsSpan(_filled, SealedFormat.TagBytes), _header);
        _file.Write(_hidden.AsSpan(0, _filled + SealedFormat.TagBytes));
        _filled = 0;
    }
}
