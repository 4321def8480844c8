using System.Buffers.Binary;
using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

internal enum BaseBlockKind : byte
{
    Head = 1,
    Rows = 2,
    Texts = 3,
    End = 4,
    Shelf = 5,
    Rules = 6,
    Graph = 7,
}

/// <summary>
/// The catalogue's base file, version 1, little-endian: magic, then blocks in this order: Head, Rows…, Shelf…, Rules…,
/// Graph…, Texts…, End. Shelf, Rules and Graph blocks are there only when something was patched, ruled or linked.
/// <code>
/// file   0 "EBBITEMS" · 8 u32 format version (1) · 12 u32 zero · 16 blocks
/// block  0 u32 payload bytes · 4 u8 kind · 5 u8[3] zero · 8 u32 checksum · 12 payload
/// Head   0 u32 D · 4 i32 rows · 8 u64 generation · 16 u64 sequence · 24 u64 replay sequence · 32 u64[] open changes
/// Rows   records: 0 i32 row · 4 u8 flags (1 live, 2 in stock, 4 of the graph) · 5 u8 id bytes · 6 u8 tags
///        7 u8 zero · 8 u64 version
///        16 u32 category · 20 u32 brand · 24 u32 merchant · 28 f32[D] vector · then u32[tags] tag codes, then the id
///        of the graph: behind the vector f32[D], the item's own
/// Shelf  records: 0 i32 row · 4 f32 price · 8 i64 from · 16 i64 until · 24 u8 flags (1 has a price) · 25 u8[7] zero
/// Rules  records: 0 u16 bytes · 2 RuleCodec; the audit, then what is in force
/// Graph  records: EdgeCodec
/// Texts  records: 0 u8 attribute kind · 1 u8 text bytes · 2 u16 zero · 4 u32 code · 8 the text, UTF-8
/// End    0 u64 row records · 8 u64 text records
/// The checksum is CRC32C of: bytes 0..7 of the block, then CRC32C of the payload as u32.
/// </code>
/// </summary>
internal static class BaseBlock
{
    public const uint FormatVersion = 1;
    public const int FileHeadBytes = 16;
    public const int BlockHeadBytes = 12;
    public const int HeadBytes = 32;
    public const int RowVectorOffset = 28;
    public const int TextOffset = 8;
    public const int ShelfBytes = 32;
    public const int EndBytes = 16;
    public const byte LiveFlag = 1;
    public const byte InStockFlag = 2;
    public const byte GraphFlag = 4;

    /// <summary>More than any block that we write: a broken length is refused before memory is taken for it.</summary>
    public const int PayloadBytesMax = 16 << 20;

    public static ReadOnlySpan<byte> Magic => "EBBITEMS"u8;

    /// <summary>Fills in the head in front of a payload.</summary>
    public static void Seal(Span<byte> block, BaseBlockKind kind)
    {
        BinaryPrimitives.WriteInt32LittleEndian(block, block.Length - BlockHeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Checksum(block));
    }

    public static uint Checksum(ReadOnlySpan<byte> block)
    {
        // The payload's checksum folded into the head's eight bytes: one pass, and no byte is left out.
        Span<byte> head = stackalloc byte[BlockHeadBytes];
        block[..8].CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Crc32C.Compute(block[BlockHeadBytes..]));
        return Crc32C.Compute(head);
    }
}
