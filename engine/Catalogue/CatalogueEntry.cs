using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

internal enum CatalogueEntryKind : byte
{
    Put = 1,
    Remove = 2,
    Commit = 3,
    Abort = 4,
    Define = 5,
    Patch = 6,
    Rule = 7,
    Edge = 8,
}

/// <summary>
/// Entries of the catalogue's log, version 1, little-endian. Entries of a change count only once its Commit follows.
/// <code>
/// all     0 u8 version (1) · 1 u8 kind
/// Put     2 u8 flags (1: in stock, 2: of the graph) · 3 u8 id bytes · 4 u8 tags · 5 u8[3] zero · 8 u64 change
///         16 i32 row · 20 u16 D · 22 u16 zero · 24 u32 category · 28 u32 brand · 32 u32 merchant · 36 f32[D] vector
///         then u32[tags] tag codes, then the id
///         of the graph: behind the vector f32[D], the item's own, zeros for none
/// Remove  2 u8[6] zero · 8 u64 change · 16 i32 row                                        (20 bytes)
/// Patch   2 u8 fields given (1 stock, 2 from, 4 until, 8 price, 16 no price; none: look at the window again)
///         3 u8 in stock · 4 u8[4] zero · 8 u64 change · 16 i32 row · 20 f32 price · 24 i64 from, ms
///         32 i64 until, ms                                                                 (40 bytes)
/// Rule    2 u8[6] zero · 8 u64 change · 16 the rule: RuleCodec
/// Edge    2 u8[6] zero · 8 u64 change · 16 the edge: EdgeCodec
/// Commit  2 u16 rules · 4 u32 patches · 8 u64 change · 16 u64 generation · 24 u32 puts · 28 u32 removals
///         32 u32 edges, only where there are some                                      (32 or 36 bytes)
/// Abort   2 u8[6] zero · 8 u64 change: its rows may be taken by others from here on       (16 bytes)
/// Define  2 u8 attribute kind · 3 u8 text bytes · 4 u32 code · 8 the text, UTF-8; of no change
/// </code>
/// </summary>
internal readonly ref struct CatalogueEntry
{
    private const byte FormatVersion = 1;
    private const byte InStockFlag = 1;
    private const byte GraphFlag = 2;
    private const int PutVectorOffset = 36;
    private const int RemoveBytes = 20;
    private const int PatchBytes = 40;
    private const int CommitBytes = 32;
    private const int CommitWithEdgesBytes = 36;
    private const int AbortBytes = 16;
    private const int DefineTextOffset = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    private CatalogueEntry(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    public CatalogueEntryKind Kind => (CatalogueEntryKind)_bytes[1];

    public ulong Change => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[8..]);

    public int Row => BinaryPrimitives.ReadInt32LittleEndian(_bytes[16..]);

    public int Dimension => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[20..]);

    public ulong Generation => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[16..]);

    public uint PutCount => U32(24);

    public uint RemoveCount => U32(28);

    /// <summary>Of a Rule.</summary>
    public ReadOnlySpan<byte> RuleBytes => _bytes[AbortBytes..];

    /// <summary>Of an Edge.</summary>
    public ReadOnlySpan<byte> EdgeBytes => _bytes[AbortBytes..];

    /// <summary>Of a Commit.</summary>
    public uint EdgeCount => _bytes.Length == CommitWithEdgesBytes ? U32(CommitBytes) : 0;

    /// <summary>Of a Commit.</summary>
    public int RuleCount => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[2..]);

    /// <summary>Of a Commit.</summary>
    public uint PatchCount => U32(4);

    public RowPatch Patch => new(
        _bytes[2], _bytes[3] != 0, BinaryPrimitives.ReadInt64LittleEndian(_bytes[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(_bytes[32..]), BinaryPrimitives.ReadSingleLittleEndian(_bytes[20..]));

    public AttributeKind AttributeKind => (AttributeKind)_bytes[2];

    public uint Code => U32(4);

    public string Text => Encoding.UTF8.GetString(_bytes.Slice(DefineTextOffset, _bytes[3]));

    public ItemCodes Codes => new() { Category = U32(24), Brand = U32(28), Merchant = U32(32) };

    public bool InStock => (_bytes[2] & InStockFlag) != 0;

    /// <summary>Of a Put: a vector of the graph's, with the item's own behind it.</summary>
    public bool IsOfGraph => (_bytes[2] & GraphFlag) != 0;

    public ReadOnlySpan<byte> Id => _bytes[^_bytes[3]..];

    private int VectorBytes => Dimension * sizeof(float) * (IsOfGraph ? 2 : 1);

    /// <summary>Copies, because nothing in an entry is aligned.</summary>
    public void ReadVector(Span<float> vector) =>
        _bytes.Slice(PutVectorOffset, Dimension * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(vector));

    /// <summary>The item's own vector; empty where the first is.</summary>
    public ReadOnlySpan<float> ReadOwn(Span<float> room)
    {
        if (!IsOfGraph)
        {
            return [];
        }

        int bytes = Dimension * sizeof(float);
        _bytes.Slice(PutVectorOffset + bytes, bytes).CopyTo(MemoryMarshal.AsBytes(room));
        return room;
    }

    public ReadOnlySpan<uint> ReadTags(Span<uint> room)
    {
        Span<uint> tags = room[.._bytes[4]];
        int offset = PutVectorOffset + VectorBytes;
        _bytes.Slice(offset, tags.Length * sizeof(uint)).CopyTo(MemoryMarshal.AsBytes(tags));
        return tags;
    }

    /// <summary>False: not an entry of this version, whole and with sane lengths.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CatalogueEntry entry)
    {
        entry = new CatalogueEntry(bytes);
        if (bytes.Length < DefineTextOffset || bytes[0] != FormatVersion)
        {
            return false;
        }

        return entry.Kind switch
        {
            CatalogueEntryKind.Put => IsPut(entry),
            CatalogueEntryKind.Remove => bytes.Length == RemoveBytes && entry.Row >= 0,
            CatalogueEntryKind.Patch => bytes.Length == PatchBytes && entry.Row >= 0
                && (bytes[2] & ~RowPatch.KnownFields) == 0,
            CatalogueEntryKind.Commit => bytes.Length is CommitBytes or CommitWithEdgesBytes,
            CatalogueEntryKind.Rule or CatalogueEntryKind.Edge => bytes.Length > AbortBytes,
            CatalogueEntryKind.Abort => bytes.Length == AbortBytes,
            CatalogueEntryKind.Define => bytes[2] <= (byte)AttributeKind.Tag
                && bytes[3] is > 0 and <= ItemPut.AttributeBytesMax && bytes.Length == DefineTextOffset + bytes[3],
            _ => false,
        };
    }

    public static void AddPut(EntryBuffer buffer, ulong change, int row, in CodedItem item)
    {
        int vectorBytes = item.Vector.Length * sizeof(float);
        int ownBytes = item.Own.Length * sizeof(float);
        int tagBytes = item.Tags.Length * sizeof(uint);
        Span<byte> bytes = Add(
            buffer, CatalogueEntryKind.Put,
            PutVectorOffset + vectorBytes + ownBytes + tagBytes + item.Id.Length, change);
        bytes[2] = (byte)((item.InStock ? InStockFlag : 0) | (ownBytes > 0 ? GraphFlag : 0));
        bytes[3] = (byte)item.Id.Length;
        bytes[4] = (byte)item.Tags.Length;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], row);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[20..], (ushort)item.Vector.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], item.Codes.Category);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], item.Codes.Brand);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[32..], item.Codes.Merchant);
        MemoryMarshal.AsBytes(item.Vector).CopyTo(bytes[PutVectorOffset..]);
        MemoryMarshal.AsBytes(item.Own).CopyTo(bytes[(PutVectorOffset + vectorBytes)..]);
        MemoryMarshal.AsBytes(item.Tags).CopyTo(bytes[(PutVectorOffset + vectorBytes + ownBytes)..]);
        item.Id.CopyTo(bytes[^item.Id.Length..]);
    }

    public static void AddRemove(EntryBuffer buffer, ulong change, int row)
    {
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Remove, RemoveBytes, change);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], row);
    }

    public static void AddPatch(EntryBuffer buffer, ulong change, int row, in RowPatch patch)
    {
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Patch, PatchBytes, change);
        bytes[2] = patch.Fields;
        bytes[3] = patch.InStock ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], row);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[20..], patch.Price);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], patch.FromMs);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], patch.UntilMs);
    }

    public static void AddRule(EntryBuffer buffer, ulong change, RuleChange rule)
    {
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Rule, AbortBytes + RuleCodec.BytesOf(rule), change);
        RuleCodec.Write(rule, bytes[AbortBytes..]);
    }

    public static void AddEdge(EntryBuffer buffer, ulong change, in StagedEdge staged)
    {
        int length = AbortBytes + EdgeCodec.BytesOf(staged.Edge);
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Edge, length, change);
        EdgeCodec.Write(staged.Edge, staged.Origin, bytes[AbortBytes..]);
    }

    public static void AddCommit(EntryBuffer buffer, StagedChange change, ulong generation)
    {
        int length = change.Edges.Count > 0 ? CommitWithEdgesBytes : CommitBytes;
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Commit, length, change.Id);
        if (change.Edges.Count > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[CommitBytes..], change.Edges.Count);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)change.Rules.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], change.PatchCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], generation);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], change.PutCount);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], change.RemoveCount);
    }

    public static void AddAbort(EntryBuffer buffer, ulong change) =>
        Add(buffer, CatalogueEntryKind.Abort, AbortBytes, change);

    public static void AddDefine(EntryBuffer buffer, AttributeKind kind, uint code, string text)
    {
        int textBytes = Encoding.UTF8.GetByteCount(text);
        Span<byte> bytes = Add(buffer, CatalogueEntryKind.Define, DefineTextOffset + textBytes);
        bytes[2] = (byte)kind;
        bytes[3] = (byte)textBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], code);
        Encoding.UTF8.GetBytes(text, bytes[DefineTextOffset..]);
    }

    private static Span<byte> Add(EntryBuffer buffer, CatalogueEntryKind kind, int byteCount, ulong change)
    {
        Span<byte> bytes = Add(buffer, kind, byteCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], change);
        return bytes;
    }

    private static Span<byte> Add(EntryBuffer buffer, CatalogueEntryKind kind, int byteCount)
    {
        // Vectors and tag codes are copied as they lie in memory.
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("The catalogue's log is written on little-endian machines only.");
        }

        Span<byte> bytes = buffer.Add(byteCount);
        bytes[0] = FormatVersion;
        bytes[1] = (byte)kind;
        return bytes;
    }

    private static bool IsPut(CatalogueEntry entry)
    {
        ReadOnlySpan<byte> bytes = entry._bytes;
        if (bytes.Length <= PutVectorOffset)
        {
            return false;
        }

        int tagOffset = PutVectorOffset + entry.VectorBytes;
        return entry.Row >= 0 && bytes[3] is >= 1 and <= OpaqueId.BytesMax && bytes[4] <= ItemPut.TagCountMax
            && bytes.Length == tagOffset + (bytes[4] * sizeof(uint)) + bytes[3];
    }

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[offset..]);
}
