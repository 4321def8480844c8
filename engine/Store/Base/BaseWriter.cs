using System.Buffers.Binary;
using Ebb.Engine.Encryption;
using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Store.Base;

/// <summary>
/// Makes the base file of one partition. First it takes users in any order, in slices, from the store's owner: records
/// go to a scratch file, keys stay in memory. Then <see cref="Publish"/>, which may run on any thread, writes them
/// sorted. Nothing is at <see cref="FilePath"/> before it is whole and synced. One thread at a time.
/// </summary>
public sealed class BaseWriter : IUserSink, IDisposable
{
    private const int BufferBytes = 256 << 10;
    private const long UnwrittenBytesMax = 8 << 20;

    private readonly BaseHeader _header;
    private readonly byte[] _partitionState;
    private readonly KeyList _keys = new();
    private readonly string _unsortedPath;
    private readonly string _sortedPath;
    private readonly FileMedium _medium;
    private readonly SafeFileHandle _unsorted;
    private readonly ScratchCipher? _scratch;
    private readonly byte[] _buffer;
    private int _buffered;
    private long _unsortedBytes;
    private long _writtenBack;

    /// <summary>Opens the scratch file beside the path; fills in the header's state bytes and user count.</summary>
    public BaseWriter(string path, BaseHeader header, ReadOnlySpan<byte> partitionState)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(header.RecordBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.RecordBytes, BaseHeader.RecordBytesMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitionState.Length, BaseHeader.StateBytesMax);
        FilePath = path;
        SequenceMax = header.Sequence;
        _header = header with { StateBytes = partitionState.Length };
        _partitionState = partitionState.ToArray();
        _buffer = new byte[Math.Max(BufferBytes, header.RecordBytes)];
        _unsortedPath = path + ".unsorted.tmp";
        _sortedPath = path + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _medium = FileMedium.Of(path);
        _unsorted = _medium.Open(_unsortedPath, FileMode.Create, FileAccess.ReadWrite);
        _scratch = FolderCipher.Of(path) is null ? null : new ScratchCipher();
    }

    public string FilePath { get; }

    public long UserCount => _keys.Count;

    /// <summary>
    /// The highest sequence in the file: B, or a record's own. The log must be durable up to here before
    /// <see cref="Publish"/>, else a crash would leave a base ahead of its log.
    /// </summary>
    public ulong SequenceMax { get; private set; }

    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        if (key.Length is < 1 or > InterestStore.KeyBytesMax || record.Length != _header.RecordBytes)
        {
            throw new ArgumentException($"key of {key.Length} or record of {record.Length} bytes");
        }

        _keys.Add(key);
        SequenceMax = Math.Max(SequenceMax, UserRecord.SequenceOf(record));
        if (_buffered + record.Length > _buffer.Length)
        {
            FlushUnsorted();
        }

        record.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += record.Length;
    }

    /// <summary>Writes the file sorted by key, syncs it, renames it into place and syncs the folder.</summary>
    public void Publish()
    {
        FlushUnsorted();
        using (var file = new ExportStream(_sortedPath))
        {
            WriteSorted(new Output(file));
            file.Finish();
        }

        DurableFile.ReplaceWith(_sortedPath, FilePath);
    }

    public void Dispose()
    {
        _unsorted.Dispose();
        _scratch?.Dispose();
        _medium.Delete(_unsortedPath);
        _medium.Delete(_sortedPath);
    }

    private void WriteSorted(Output output)
    {
        byte[] start = new byte[BaseHeader.HeaderBytes + _partitionState.Length + BaseBlock.ChecksumBytes];
        (_header with { UserCount = UserCount }).WriteTo(start);
        _partitionState.CopyTo(start, BaseHeader.HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(
            start.AsSpan(start.Length - BaseBlock.ChecksumBytes), Crc32C.Compute(_partitionState));
        output.Write(start);

        int[] order = _keys.SortedOrder();
        byte[] block = new byte[
            BaseBlock.PrefixBytes + BaseBlock.PayloadBytesMax(_header.RecordBytes) + BaseBlock.ChecksumBytes];
        int length = BaseBlock.PrefixBytes;
        int entryCount = 0;
        foreach (int index in order)
        {
            length += WriteEntry(index, block.AsSpan(length));
            entryCount++;
            if (length - BaseBlock.PrefixBytes >= BaseBlock.PayloadBytes)
            {
                output.WriteBlock(block, length, entryCount);
                length = BaseBlock.PrefixBytes;
                entryCount = 0;
            }
        }

        if (entryCount != 0)
        {
            output.WriteBlock(block, length, entryCount);
        }

        output.WriteFooter(UserCount);
    }

    private int WriteEntry(int index, Span<byte> destination)
    {
        ReadOnlySpan<byte> key = _keys[index];
        destination[0] = (byte)key.Length;
        key.CopyTo(destination[1..]);
        Span<byte> record = destination.Slice(1 + key.Length, _header.RecordBytes);
        int read = RandomAccess.Read(_unsorted, record, (long)index * _header.RecordBytes);
        if (read != record.Length)
        {
            throw new StoreException($"{_unsortedPath} ended early; free space there and export again");
        }

        _scratch?.Apply(record, (long)index * _header.RecordBytes);
        return 1 + key.Length + record.Length;
    }

    private void FlushUnsorted()
    {
        _scratch?.Apply(_buffer.AsSpan(0, _buffered), _unsortedBytes);
        _medium.Write(_unsortedPath, _unsorted, _buffer.AsSpan(0, _buffered), _unsortedBytes);
        _unsortedBytes += _buffered;
        _buffered = 0;
        if (_unsortedBytes - _writtenBack >= UnwrittenBytesMax)
        {
            // Nothing of it need survive; but so much at once would keep the log's syncs waiting.
            _medium.Sync(_unsortedPath, _unsorted);
            _writtenBack = _unsortedBytes;
        }
    }

    /// <summary>The final file, written front to back.</summary>
    private sealed class Output(Stream file)
    {
        private uint _blockCount;
        private uint _checksumOfChecksums = Crc32C.Start;

        internal void Write(ReadOnlySpan<byte> bytes) => file.Write(bytes);

        internal void WriteBlock(byte[] block, int length, int entryCount)
        {
            BinaryPrimitives.WriteInt32LittleEndian(block, length - BaseBlock.PrefixBytes);
            BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), entryCount);
            Span<byte> checksum = block.AsSpan(length, BaseBlock.ChecksumBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Compute(block.AsSpan(0, length)));
            _checksumOfChecksums = Crc32C.Update(_checksumOfChecksums, checksum);
            _blockCount++;
            Write(block.AsSpan(0, length + BaseBlock.ChecksumBytes));
        }

        internal void WriteFooter(long userCount)
        {
            Span<byte> footer = stackalloc byte[BaseBlock.FooterBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(footer, BaseBlock.FooterMark);
            BinaryPrimitives.WriteUInt32LittleEndian(footer[4..], _blockCount);
            BinaryPrimitives.WriteInt64LittleEndian(footer[8..], userCount);
            BinaryPrimitives.WriteUInt32LittleEndian(footer[16..], Crc32C.Finish(_checksumOfChecksums));
            BinaryPrimitives.WriteUInt32LittleEndian(footer[20..], Crc32C.Compute(footer[..20]));
            Write(footer);
        }
    }
}
