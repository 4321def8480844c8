namespace Ebb.Engine.Store.Base;

/// <summary>
/// Blocks and end of a base file, after header and partition state (its bytes, then u32 crc32c of them):
/// <code>
/// block   +0  u32  payload bytes P, not 0         footer  +0  u32  0xFFFFFFFF
///         +4  u32  entries                                +4  u32  blocks
///         +8  P    entries                                +8  u64  users
///       +8+P  u32  crc32c of +0 to +8+P                  +16  u32  crc32c of all block checksums in order
/// entry   +0  u8   key bytes k, 1 to 128                 +20  u32  crc32c of +0 to +20; then the file ends
///         +1  k    key, above the last entry's
///       +1+k       record
/// </code>
/// </summary>
internal static class BaseBlock
{
    internal const int PrefixBytes = 8;
    internal const int ChecksumBytes = 4;
    internal const int FooterBytes = 24;
    internal const uint FooterMark = uint.MaxValue;

    /// <summary>A block is closed once its payload has this many bytes.</summary>
    internal const int PayloadBytes = 64 << 10;

    internal static int EntryBytesMax(int recordBytes) => 1 + InterestStore.KeyBytesMax + recordBytes;

    internal static int PayloadBytesMax(int recordBytes) => PayloadBytes + EntryBytesMax(recordBytes);
}
