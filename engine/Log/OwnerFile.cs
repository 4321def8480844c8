using System.Buffers.Binary;

namespace Ebb.Engine.Log;

/// <summary>
/// Who owns a partition (its epoch) and how far its log is known to reach (the mark), replaced atomically with every
/// acquire, trim and clean close. The log may end after the mark, never before it. Stateless.
/// <code>
/// offset size field
///      0    4 magic "EBOW"
///      4    2 version (1)
///      6    2 partition
///      8    4 epoch
///     12    4 zero
///     16    8 mark: a sequence that was durable when this was written
///     24    4 CRC-32C over bytes 0..23
/// </code>
/// </summary>
internal static class OwnerFile
{
    public const string Name = "owner";

    private const uint Magic = 0x574F4245;
    private const ushort Version = 1;
    private const int FileBytes = 28;
    private const int ChecksumOffset = 24;

    public static void Write(string folder, ushort partition, PartitionTail owner)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], partition);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], owner.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], owner.Tail);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Crc32C.Compute(bytes[..ChecksumOffset]));
        DurableFile.WriteAtomically(Path.Combine(folder, Name), bytes);
    }

    /// <summary>Null if there is no such file. Its Tail is the mark.</summary>
    /// <exception cref="InvalidDataException">The file is there and cannot be trusted.</exception>
    public static PartitionTail? Read(string folder, ushort partition)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes.Length != FileBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..])
                != Crc32C.Compute(bytes[..ChecksumOffset]))
        {
            throw new InvalidDataException("its owner file is damaged");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) > Version)
        {
            throw new InvalidDataException("its owner file was written by a newer version of this program");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != partition)
        {
            throw new InvalidDataException("its owner file belongs to another partition");
        }

        return new PartitionTail(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
    }
}
