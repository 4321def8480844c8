using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>
/// One entry of a partition's log, read in place. Payload layout v1, little-endian, one 68-byte head for all kinds:
/// <code>
///  0 u8  kind              8 u64 item version       32 f32 effective weight   48 u64 session sequence
///  1 u8  event type       16 i64 time, ms          36 u32 count (GiveUp)     56 u64 event id
///  2 u8  flags            24 i64 parked at, ms     40 u64 session
///  3 u8  payload version   4 u32 item index        then: u8 user length, u8 item length, u16 text length,
///                                                  user bytes, item bytes, text bytes
/// </code>
/// An event's count is what it is to the experiments (FeedbackMark), and an impression has the experiment's key and
/// fingerprint where other events have categories.
/// An event has the codes of the categories that its user moves between where the parked have their time.
/// An event carries the weight and the clamped time that were decided when it was admitted, and names the vector it
/// was folded with by item index and version, so that replay decides nothing again (DESIGN.md §1).
/// </summary>
internal readonly ref struct FoldEntry
{
    public const byte PayloadVersion = 1;
    public const int HeadBytes = 68;

    /// <summary>Flags bit 0: the time given lay in the future and was clamped to the clock.</summary>
    public const byte ClampedFlag = 1;

    /// <summary>Flags bit 1: a burst cap left nothing of its weight; it is counted and not remembered.</summary>
    public const byte CappedFlag = 2;

    /// <summary>Flags bit 2: an impression, which is no part of its user.</summary>
    public const byte ShownFlag = 4;

    /// <summary>Flags bits 3 to 7: the category split that its impulse is divided by, from 1; 0: none.</summary>
    public const int SplitShift = 3;

    public const int NoSlot = -1;

    private readonly ReadOnlySpan<byte> _payload;

    public FoldEntry(ReadOnlySpan<byte> payload, int slot = NoSlot)
    {
        _payload = payload;
        Slot = slot;
    }

    /// <summary>Where the working set has its user, as far as the caller knows: no part of the entry.</summary>
    public int Slot { get; }

    public FoldEntryKind Kind => (FoldEntryKind)_payload[0];

    public byte EventType => _payload[1];

    public byte Flags => _payload[2];

    public uint ItemIndex => BinaryPrimitives.ReadUInt32LittleEndian(_payload[4..]);

    public ulong ItemVersion => BinaryPrimitives.ReadUInt64LittleEndian(_payload[8..]);

    public long TimeMs => BinaryPrimitives.ReadInt64LittleEndian(_payload[16..]);

    public long ParkedAtMs => BinaryPrimitives.ReadInt64LittleEndian(_payload[24..]);

    public float Weight => BinaryPrimitives.ReadSingleLittleEndian(_payload[32..]);

    /// <summary>Event: where its user comes from and goes to, category codes; both 0 where it moves nobody.</summary>
    public uint FromCategory => BinaryPrimitives.ReadUInt32LittleEndian(_payload[24..]);

    public uint ToCategory => BinaryPrimitives.ReadUInt32LittleEndian(_payload[28..]);

    /// <summary>Forget: the files are free of the user from then on; long.MaxValue: never.</summary>
    public long ErasedByMs => ParkedAtMs;

    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload[36..]);

    /// <summary>Event: what it is to the experiments.</summary>
    public uint Feedback => BinaryPrimitives.ReadUInt32LittleEndian(_payload[36..]);

    public ulong Session => BinaryPrimitives.ReadUInt64LittleEndian(_payload[40..]);

    public ulong SessionSequence => BinaryPrimitives.ReadUInt64LittleEndian(_payload[48..]);

    public ulong EventId => BinaryPrimitives.ReadUInt64LittleEndian(_payload[56..]);

    public ReadOnlySpan<byte> User => _payload.Slice(HeadBytes, UserLength);

    /// <summary>The item's id; of an Event, which has its index, the segment that its request named.</summary>
    public ReadOnlySpan<byte> Item => _payload.Slice(HeadBytes + UserLength, ItemLength);

    public ReadOnlySpan<byte> Text => _payload.Slice(HeadBytes + UserLength + ItemLength, TextLength);

    private int UserLength => _payload[64];

    private int ItemLength => _payload[65];

    // From Forget on the text is what follows, because a whole record does not fit 16 bits.
    private int TextLength => Kind < FoldEntryKind.Forget
        ? BinaryPrimitives.ReadUInt16LittleEndian(_payload[66..])
        : _payload.Length - HeadBytes - UserLength - ItemLength;

    /// <summary>False when the payload is of a newer version or does not have the bytes that it names.</summary>
    public bool IsWellFormed =>
        _payload.Length >= HeadBytes
        && _payload[3] == PayloadVersion
        && IsKnown(Kind)
        && TextLength >= 0
        && _payload.Length == HeadBytes + UserLength + ItemLength + TextLength;

    private static bool IsKnown(FoldEntryKind kind) =>
        kind is (>= FoldEntryKind.Event and <= FoldEntryKind.Schema) or FoldEntryKind.Forget
            or FoldEntryKind.Unsend or FoldEntryKind.Rebuild or FoldEntryKind.Pad or FoldEntryKind.MergeOut
            or FoldEntryKind.MergeIn or FoldEntryKind.MergeDone;
}
