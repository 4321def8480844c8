using System.Buffers.Binary;
using Ebb.Engine.Encryption;
using Ebb.Engine.Log;

namespace Ebb.Engine.Store.Base;

/// <summary>
/// Streams a base file: every block is verified before any of its users is given, the file's end before
/// <see cref="MoveNext"/> returns false. One thread. Any damage throws <see cref="BaseCorruptException"/>.
/// </summary>
public sealed class BaseReader : IDisposable
{
    private readonly string _path;
    private readonly Stream _file;
    private readonly byte[] _partitionState;
    private readonly byte[] _block;
    private readonly byte[] _lastKey = new byte[InterestStore.KeyBytesMax];
    private int _lastKeyBytes;
    private int _position;
    private int _blockEnd;
    private int _entriesLeft;
    private int _keyStart;
    private int _keyBytes;
    private long _userCount;
    private uint _blockCount;
    private uint _checksumOfChecksums = Crc32C.Start;
    private bool _isAtEnd;

    /// <summary>Opens a file and verifies its header and partition state.</summary>
    public BaseReader(string path)
    {
        _path = path;
        try
        {
            _file = ExportStream.OpenRead(path, 128 << 10);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BaseCorruptException.Unreadable(path, error);
        }

        try
        {
            Span<byte> header = stackalloc byte[BaseHeader.HeaderBytes];
            Fill(header);
            Header = BaseHeader.Parse(header, path);
            _partitionState = ReadState();
            _block = new byte[
                BaseBlock.PrefixBytes + BaseBlock.PayloadBytesMax(Header.RecordBytes) + BaseBlock.ChecksumBytes];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public BaseHeader Header { get; }

    /// <summary>The caller's bytes as given to the writer.</summary>
    public ReadOnlySpan<byte> PartitionState => _partitionState;

    /// <summary>The current user's key; valid until the next move.</summary>
    public ReadOnlySpan<byte> Key => _block.AsSpan(_keyStart, _keyBytes);

    /// <summary>The current user's record; valid until the next move.</summary>
    public ReadOnlySpan<byte> Record => _block.AsSpan(_keyStart + _keyBytes, Header.RecordBytes);

    /// <summary>Goes to the next user, in the order of keys; false once the whole file was read and is sound.</summary>
    public bool MoveNext()
    {
        while (_entriesLeft == 0)
        {
            if (_isAtEnd)
            {
                return false;
            }

            KeepLastKey();
            ReadBlockOrFooter();
        }

        ReadOnlySpan<byte> previous = Key;
        _keyBytes = _position < _blockEnd ? _block[_position] : 0;
        _keyStart = _position + 1;
        _position = _keyStart + _keyBytes + Header.RecordBytes;
        if (_keyBytes is 0 or > InterestStore.KeyBytesMax || _position > _blockEnd)
        {
            throw Damaged("a block's entries do not add up");
        }

        if (_lastKeyBytes != 0)
        {
            previous = _lastKey.AsSpan(0, _lastKeyBytes);
            _lastKeyBytes = 0;
        }

        if (previous.SequenceCompareTo(Key) >= 0)
        {
            throw Damaged("its users are not in order");
        }

        _userCount++;
        if (--_entriesLeft == 0 && _position != _blockEnd)
        {
            throw Damaged("a block's entries do not add up");
        }

        return true;
    }

    public void Dispose() => _file.Dispose();

    private byte[] ReadState()
    {
        if (Header.StateBytes is < 0 or > BaseHeader.StateBytesMax
            || Header.RecordBytes is <= 0 or > BaseHeader.RecordBytesMax
            || Header.StateBytes > _file.Length)
        {
            throw Damaged("its header does not fit the file");
        }

        byte[] state = new byte[Header.StateBytes];
        Fill(state);
        Span<byte> checksum = stackalloc byte[BaseBlock.ChecksumBytes];
        Fill(checksum);
        if (BinaryPrimitives.ReadUInt32LittleEndian(checksum) != Crc32C.Compute(state))
        {
            throw Damaged("its partition state fails its checksum");
        }

        return state;
    }

    private void ReadBlockOrFooter()
    {
        Span<byte> prefix = _block.AsSpan(0, BaseBlock.PrefixBytes);
        Fill(prefix);
        uint payloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        uint entryCount = BinaryPrimitives.ReadUInt32LittleEndian(prefix[4..]);
        if (payloadBytes == BaseBlock.FooterMark)
        {
            CheckFooter();
            return;
        }

        if (payloadBytes > (uint)BaseBlock.PayloadBytesMax(Header.RecordBytes)
            || entryCount == 0 || entryCount > payloadBytes)
        {
            throw Damaged("a block has an impossible size");
        }

        _blockEnd = BaseBlock.PrefixBytes + (int)payloadBytes;
        Span<byte> checksum = _block.AsSpan(_blockEnd, BaseBlock.ChecksumBytes);
        Fill(_block.AsSpan(BaseBlock.PrefixBytes, (int)payloadBytes + BaseBlock.ChecksumBytes));
        if (BinaryPrimitives.ReadUInt32LittleEndian(checksum) != Crc32C.Compute(_block.AsSpan(0, _blockEnd)))
        {
            throw Damaged($"block {_blockCount} fails its checksum");
        }

        _checksumOfChecksums = Crc32C.Update(_checksumOfChecksums, checksum);
        _blockCount++;
        _position = BaseBlock.PrefixBytes;
        _entriesLeft = (int)entryCount;
    }

    private void CheckFooter()
    {
        Span<byte> footer = _block.AsSpan(0, BaseBlock.FooterBytes);
        Fill(footer[BaseBlock.PrefixBytes..]);
        bool sound = BinaryPrimitives.ReadUInt32LittleEndian(footer[20..]) == Crc32C.Compute(footer[..20])
            && BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]) == _blockCount
            && BinaryPrimitives.ReadInt64LittleEndian(footer[8..]) == _userCount
            && Header.UserCount == _userCount
            && BinaryPrimitives.ReadUInt32LittleEndian(footer[16..]) == Crc32C.Finish(_checksumOfChecksums);
        if (!sound)
        {
            throw Damaged("its end does not match its blocks");
        }

        if (_file.ReadByte() != -1)
        {
            throw Damaged("something follows its end");
        }

        _isAtEnd = true;
        _keyBytes = 0;
    }

    // The next block overwrites the buffer that the last key lies in.
    private void KeepLastKey()
    {
        _lastKeyBytes = _keyBytes;
        Key.CopyTo(_lastKey);
        _keyBytes = 0;
    }

    private void Fill(Span<byte> bytes)
    {
        int read;
        try
        {
            read = _file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (IOException error)
        {
            throw BaseCorruptException.Unreadable(_path, error);
        }

        if (read != bytes.Length)
        {
            throw Damaged("it ends early");
        }
    }

    private BaseCorruptException Damaged(string what) => new(_path, $"{what}; {BaseCorruptException.Remedy}");
}
