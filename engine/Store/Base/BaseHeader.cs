using System.Buffers.Binary;
using Ebb.Engine.Log;

namespace Ebb.Engine.Store.Base;

/// <summary>
/// What a base file of one partition says about itself. The first 64 bytes, little-endian:
/// <code>
/// offset bytes type  field
///      0     8       magic "EBBBASE1"
///      8     2 u16   format version = 1
///     10     2 u16   partition
///     12     4 u32   epoch
///     16     8 u64   sequence B: every entry up to here is in the records
///     24     4 u32   schema number
///     28     4 u32   space number
///     32     8 u64   catalogue generation
///     40     4 u32   record bytes
///     44     4 u32   partition state bytes
///     48     8 u64   user count
///     56     4 u32   reserved, 0
///     60     4 u32   crc32c of bytes 0 to 59
/// </code>
/// </summary>
public sealed record BaseHeader
{
    public const ushort FormatVersion = 1;

    internal const int HeaderBytes = 64;
    internal const int StateBytesMax = 1 << 30;
    internal const int RecordBytesMax = 1 << 20;

    private const int ChecksumOffset = 60;

    public required ushort Partition { get; init; }

    public required uint Epoch { get; init; }

    /// <summary>B: every log entry up to here is in the records; a record may carry a later one, and says so.</summary>
    public required ulong Sequence { get; init; }

    public required uint SchemaNumber { get; init; }

    public required uint SpaceNumber { get; init; }

    public required ulong CatalogueGeneration { get; init; }

    public required int RecordBytes { get; init; }

    /// <summary>Set by the writer from what it was given.</summary>
    public int StateBytes { get; init; }

    /// <summary>Set by the writer when it completes.</summary>
    public long UserCount { get; init; }

    private static ReadOnlySpan<byte> Magic => "EBBBASE1"u8;

    internal void WriteTo(Span<byte> bytes)
    {
        bytes[..HeaderBytes].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], Partition);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], SchemaNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], SpaceNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], CatalogueGeneration);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[40..], RecordBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[44..], StateBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], UserCount);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes[ChecksumOffset..], Crc32C.Compute(bytes[..ChecksumOffset]));
    }

    internal static BaseHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new BaseCorruptException(path, $"not a base file of Ebb; {BaseCorruptException.Remedy}");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..])
            != Crc32C.Compute(bytes[..ChecksumOffset]))
        {
            throw new BaseCorruptException(path, $"its header is damaged; {BaseCorruptException.Remedy}");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != FormatVersion)
        {
            throw BaseCorruptException.OtherFormat(path, version, FormatVersion);
        }

        return new BaseHeader
        {
            Partition = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            SchemaNumber = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            SpaceNumber = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]),
            CatalogueGeneration = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            RecordBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[40..]),
            StateBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[44..]),
            UserCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
        };
    }
}
