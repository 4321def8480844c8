using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// The durable mark of one partition, in two slots. Between two syncs only one of them is ever written, so that
/// whatever a crash does to it leaves the other; recovery goes on from there over the entries themselves. Not
/// thread-safe: the partition serialises its writes.
/// <code>
/// offset size field (each slot; slot n at n * 4096, rest zero)
///      0    4 magic "EBCS"
///      4    2 version (1)
///      6    2 partition
///      8    8 generation (its low bit is the slot's number)
///     16    8 first sequence
///     24    8 last sequence
///     32    8 begin address
///     40    8 until address
///     48    8 commit number
///     56    4 CRC-32C over bytes 0..55
/// </code>
/// </summary>
internal sealed class CommitFile : IDisposable
{
    public const string Name = "commit";

    private const uint Magic = 0x53434245;
    private const ushort Version = 1;
    private const int SlotStride = 4096;
    private const int SlotBytes = 60;
    private const int ChecksumOffset = 56;

    private readonly string _path;
    private readonly FileMedium _medium;
    private readonly SafeFileHandle _handle;
    private readonly ushort _partition;
    private readonly byte[] _sector = GC.AllocateArray<byte>(SegmentLayout.SectorBytes, pinned: true);

    private readonly bool _isWritable;

    private CommitFile(string path, ushort partition, FileAccess access)
    {
        _path = path;
        _isWritable = access != FileAccess.Read;
        _medium = FileMedium.Of(path);
        _handle = _medium.Open(path, FileMode.Open, access);
        _partition = partition;
    }

    /// <summary>Makes the file with both slots empty-but-good, so that an all-zero slot is a broken one.</summary>
    public static void Create(string folder, ushort partition)
    {
        byte[] file = new byte[2 * SlotStride];
        Encode(file, partition, CommitPoint.Empty);
        Encode(file.AsSpan(SlotStride), partition, CommitPoint.Empty with { Generation = 1 });
        DurableFile.WriteAtomically(Path.Combine(folder, Name), file);
    }

    public static CommitFile Open(string folder, ushort partition, FileAccess access = FileAccess.ReadWrite) =>
        new(Path.Combine(folder, Name), partition, access);

    /// <summary>
    /// The newest good slot; <paramref name="isWhole"/> is false if the other one is spoilt and could have been the
    /// newer. Null if none is good. Synced first: what a killed process wrote but did not sync must not be reported
    /// as durable and then vanish in a power cut.
    /// </summary>
    public CommitPoint? Read(out bool isWhole)
    {
        if (_isWritable)
        {
            _medium.Sync(_path, _handle);
        }

        CommitPoint? even = ReadSlot(0);
        CommitPoint? odd = ReadSlot(1);
        isWhole = even is not null && odd is not null;
        return odd is null || even?.Generation > odd.Generation ? even : odd;
    }

    /// <summary>Durable when it returns. The slot written is the one of the generation's low bit.</summary>
    public void Write(CommitPoint point)
    {
        WriteUnsynced(point);
        Sync();
    }

    /// <summary>The same, in the system's cache: a kill leaves it, a loss of power may not.</summary>
    public void WriteUnsynced(CommitPoint point)
    {
        Encode(_sector, _partition, point);
        _medium.Write(_path, _handle, _sector, (long)(point.Generation & 1) * SlotStride);
    }

    public void Sync() => _medium.Sync(_path, _handle);

    public void Dispose() => _handle.Dispose();

    private CommitPoint? ReadSlot(int slot)
    {
        Span<byte> bytes = stackalloc byte[SlotBytes];
        if (RandomAccess.Read(_handle, bytes, (long)slot * SlotStride) < SlotBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..])
                != Crc32C.Compute(bytes[..ChecksumOffset]))
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) > Version)
        {
            throw new InvalidDataException("its commit file was written by a newer version of this program");
        }

        ulong generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != _partition)
        {
            throw new InvalidDataException("its commit file belongs to another partition");
        }

        return new CommitPoint(
            generation,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]));
    }

    private static void Encode(Span<byte> slot, ushort partition, CommitPoint point)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[6..], partition);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], point.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], point.FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], point.LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], point.BeginAddress);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], point.UntilAddress);
        BinaryPrimitives.WriteInt64LittleEndian(slot[48..], point.CommitNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[ChecksumOffset..], Crc32C.Compute(slot[..ChecksumOffset]));
    }
}
