using System.Security.Cryptography;

namespace Ebb.Engine.Encryption;

/// <summary>
/// Reads a sealed file (<see cref="SealedFormat"/>) front to back; a chunk is authenticated before a byte of it is
/// given. Owns the file. One thread.
/// </summary>
internal sealed class SealedReader : Stream
{
    private readonly FileStream _file;
    private readonly AesGcm _cipher;
    private readonly byte[] _header = new byte[SealedFormat.HeaderBytes];
    private readonly byte[] _hidden = new byte[SealedFormat.ChunkBytes + SealedFormat.TagBytes];
    private readonly byte[] _plain = new byte[SealedFormat.ChunkBytes];
    private long _chunk;
    private int _start;
    private int _end;

    /// <exception cref="IOException">It does not begin as a sealed file does.</exception>
    public SealedReader(FileStream file, FolderCipher folder)
    {
        _file = file;
        if (file.ReadAtLeast(_header, _header.Length, throwOnEndOfStream: false) < _header.Length)
        {
            throw new IOException("it is too short to be encrypted as its folder is");
        }

        SealedFormat.Check(_header);
        _cipher = SealedFormat.Cipher(folder, _header);
        long hidden = Math.Max(0, file.Length - SealedFormat.HeaderBytes);
        long chunks = Math.Max(1, (hidden + _hidden.Length - 1) / _hidden.Length);
        Length = Math.Max(0, hidden - (chunks * SealedFormat.TagBytes));
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    /// <summary>Plain bytes.</summary>
    public override long Length { get; }

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && !TryReadChunk())
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, _end - _start);
        _plain.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _cipher.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool TryReadChunk()
    {
        bool isAtEnd = _file.Position >= _file.Length;
        if (isAtEnd && _chunk > 0)
        {
            return false;
        }

        int read = _file.ReadAtLeast(_hidden, _hidden.Length, throwOnEndOfStream: false);
        if (read < SealedFormat.TagBytes)
        {
            throw new IOException("it ends early");
        }

        int length = read - SealedFormat.TagBytes;
        Span<byte> nonce = stackalloc byte[SealedFormat.NonceBytes];
        SealedFormat.WriteNonce(nonce, _chunk, isLast: _file.Position >= _file.Length);
        try
        {
            _cipher.Decrypt(
                nonce, _hidden.AsSpan(0, length), _hidden.AsSpan(length, SealedFormat.TagBytes),
                _plain.AsSpan(0, length), _header);
        }
        catch (AuthenticationTagMismatchException mismatch)
        {
            throw new IOException($"encrypted chunk {_chunk} is damaged, or the file was cut there", mismatch);
        }

        _chunk++;
        (_start, _end) = (0, length);
        return length > 0;
    }
}
