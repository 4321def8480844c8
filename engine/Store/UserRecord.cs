using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebb.Engine.Log;

namespace Ebb.Engine.Store;

/// <summary>
/// View over the bytes of one user's folded state; owns nothing. Whoever owns the buffer may use it, one at a time.
/// Invariant: after <see cref="Seal"/> the checksum holds until the next set. Layout v1, little-endian (DESIGN.md):
/// <code>
/// offset            bytes  type   field
///      0                4  u32    crc32c of bytes 4 to the end
///      4                2  u16    format version = 1
///      6                1  u8     half-lives M
///      7                1  u8     recent capacity L (1..128)
///      8                2  u16    dimension D
///     10                1  u8     recent count
///     11                1  u8     recent head: slot of the next event
///     12                1  u8     event id capacity E
///     13                1  u8     event id head: slot of the next id
///     14                2  u16    bit s: the id in slot s has no event (parked, or taken out again)
///     16                4  u32    schema number
///     20                4  u32    space number
///     24                8  u64    sequence last applied in the partition's log
///     32                4  u32    epoch of that entry
///     36                4  u32    reserved, 0
///     40                8  i64    last event, ms; the sums are as of this moment
///     48                8  i64    first event, ms
///     56                8  u64    events ever folded
///     64              8·E  u64    ring of event id hashes, 0 = empty
///     64+8E          24·L  recent ring; an event is:
///       +0              8  u64      bits 0..47 time ms (signed), 48..55 type, 56..63 flags (1, 2, 4: DESIGN.md)
///       +8              4  u32      item index
///      +12              4  f32      effective weight
///      +16              8  u64      item version
///     64+8E+24L  4(M·D+M)  f32    M·D sums, then M masses; then zeros up to a multiple of 8
/// </code>
/// </summary>
public readonly ref partial struct UserRecord
{
    public const ushort FormatVersion = 1;

    internal const int VersionOffset = 4;
    internal const int HalfLifeCountOffset = 6;
    internal const int RecentCapacityOffset = 7;
    internal const int DimensionOffset = 8;
    internal const int RecentCountOffset = 10;
    internal const int RecentHeadOffset = 11;
    internal const int EventIdCapacityOffset = 12;
    internal const int EventIdHeadOffset = 13;
    internal const int FlagsOffset = 14;
    internal const int SchemaNumberOffset = 16;
    internal const int SpaceNumberOffset = 20;
    internal const int SequenceOffset = 24;
    internal const int EpochOffset = 32;
    internal const int LastEventMsOffset = 40;
    internal const int FirstEventMsOffset = 48;
    internal const int EventCountOffset = 56;

    private const int TimeBits = 48;
    private const uint OpenChecksum = 0;

    private readonly Span<byte> _bytes;
    private readonly RecordShape _shape;

    /// <summary>Bytes are the caller's and exactly <see cref="RecordShape.RecordBytes"/> long.</summary>
    public UserRecord(Span<byte> bytes, RecordShape shape)
    {
        if (bytes.Length != shape.RecordBytes)
        {
            throw new ArgumentException($"a record of this shape has {shape.RecordBytes} bytes", nameof(bytes));
        }

        _bytes = bytes;
        _shape = shape;
    }

    public uint SchemaNumber
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[SchemaNumberOffset..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[SchemaNumberOffset..], value);
    }

    public uint SpaceNumber
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[SpaceNumberOffset..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[SpaceNumberOffset..], value);
    }

    /// <summary>Sequence of the last log entry applied, in this user's partition.</summary>
    public ulong Sequence
    {
        get => SequenceOf(_bytes);
        set => BinaryPrimitives.WriteUInt64LittleEndian(_bytes[SequenceOffset..], value);
    }

    public uint Epoch
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[EpochOffset..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[EpochOffset..], value);
    }

    /// <summary>Milliseconds since the Unix epoch; the sums are as of this moment.</summary>
    public long LastEventMs
    {
        get => BinaryPrimitives.ReadInt64LittleEndian(_bytes[LastEventMsOffset..]);
        set => BinaryPrimitives.WriteInt64LittleEndian(_bytes[LastEventMsOffset..], value);
    }

    public long FirstEventMs
    {
        get => BinaryPrimitives.ReadInt64LittleEndian(_bytes[FirstEventMsOffset..]);
        set => BinaryPrimitives.WriteInt64LittleEndian(_bytes[FirstEventMsOffset..], value);
    }

    public ulong EventCount
    {
        get => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[EventCountOffset..]);
        set => BinaryPrimitives.WriteUInt64LittleEndian(_bytes[EventCountOffset..], value);
    }

    public ushort Flags
    {
        get => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[FlagsOffset..]);
        set => BinaryPrimitives.WriteUInt16LittleEndian(_bytes[FlagsOffset..], value);
    }

    /// <summary>M·D sums, row m for half-life m, then M masses. Writes go straight into the record.</summary>
    public Span<float> Bank =>
        MemoryMarshal.Cast<byte, float>(_bytes.Slice(_shape.BankOffset, _shape.Bank.BankLength * sizeof(float)));

    public int RecentCount => _bytes[RecentCountOffset];

    /// <summary>Makes a span the sealed, empty record of a user without events. Both times are 0.</summary>
    public static void Initialise(Span<byte> bytes, RecordShape shape, uint schemaNumber, uint spaceNumber)
    {
        var record = new UserRecord(bytes, shape);
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[VersionOffset..], FormatVersion);
        bytes[HalfLifeCountOffset] = (byte)shape.Bank.HalfLifeCount;
        bytes[RecentCapacityOffset] = (byte)shape.RecentCapacity;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[DimensionOffset..], (ushort)shape.Bank.Dimension);
        bytes[EventIdCapacityOffset] = (byte)shape.EventIdCapacity;
        record.SchemaNumber = schemaNumber;
        record.SpaceNumber = spaceNumber;
        record.Seal();
    }

    /// <summary>Checks bytes of any length against a shape.</summary>
    public static RecordCheck Verify(ReadOnlySpan<byte> bytes, RecordShape shape)
    {
        if (bytes.Length < RecordShape.HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Crc32C.Compute(bytes[VersionOffset..]))
        {
            return RecordCheck.BadChecksum;
        }

        return VerifyShape(bytes, shape);
    }

    /// <summary>The same without the checksum: for an open record.</summary>
    internal static RecordCheck VerifyShape(ReadOnlySpan<byte> bytes, RecordShape shape)
    {
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionOffset..]);
        if (version > FormatVersion)
        {
            return RecordCheck.NewerFormat;
        }

        bool same = version == FormatVersion
            && bytes.Length == shape.RecordBytes
            && bytes[HalfLifeCountOffset] == shape.Bank.HalfLifeCount
            && bytes[RecentCapacityOffset] == shape.RecentCapacity
            && bytes[EventIdCapacityOffset] == shape.EventIdCapacity
            && BinaryPrimitives.ReadUInt16LittleEndian(bytes[DimensionOffset..]) == shape.Bank.Dimension;
        return same ? RecordCheck.Ok : RecordCheck.OtherShape;
    }

    public RecordCheck Verify() => Verify(_bytes, _shape);

    /// <summary>Computes the checksum over everything else; call it before the bytes leave their owner.</summary>
    public void Seal() =>
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes, Crc32C.Compute(_bytes[VersionOffset..]));

    /// <summary>
    /// Takes the checksum away, as the record is about to be changed where it stands; it stays open until its bytes go
    /// elsewhere. One record in four thousand millions has a checksum of 0 and passes for open when it is not.
    /// </summary>
    internal void Open() => BinaryPrimitives.WriteUInt32LittleEndian(_bytes, OpenChecksum);

    internal static bool IsOpen(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == OpenChecksum;

    /// <param name="newestFirstIndex">0 is the last event pushed.</param>
    public RecentEvent GetRecent(int newestFirstIndex)
    {
        if ((uint)newestFirstIndex >= (uint)RecentCount)
        {
            throw new ArgumentOutOfRangeException(nameof(newestFirstIndex));
        }

        int capacity = _shape.RecentCapacity;
        int slot = (_bytes[RecentHeadOffset] + capacity - 1 - newestFirstIndex) % capacity;
        ReadOnlySpan<byte> entry = RecentSlot(slot);
        long packed = BinaryPrimitives.ReadInt64LittleEndian(entry);
        return new RecentEvent(
            packed << (64 - TimeBits) >> (64 - TimeBits),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
            BinaryPrimitives.ReadSingleLittleEndian(entry[12..]),
            (byte)(packed >> TimeBits),
            (RecentEventFlags)(byte)(packed >> (TimeBits + 8)));
    }

    /// <summary>Adds an event; the oldest falls out of a full ring.</summary>
    public void PushRecent(in RecentEvent recent)
    {
        if (recent.TimeMs is < RecentEvent.TimeMsMin or > RecentEvent.TimeMsMax)
        {
            throw new ArgumentOutOfRangeException(nameof(recent), recent.TimeMs, "a time fits 48 signed bits");
        }

        int head = _bytes[RecentHeadOffset];
        Span<byte> entry = RecentSlot(head);
        ulong packed = ((ulong)recent.TimeMs & ((1UL << TimeBits) - 1))
            | ((ulong)recent.Type << TimeBits)
            | ((ulong)recent.Flags << (TimeBits + 8));
        BinaryPrimitives.WriteUInt64LittleEndian(entry, packed);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], recent.ItemIndex);
        BinaryPrimitives.WriteSingleLittleEndian(entry[12..], recent.Weight);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], recent.ItemVersion);
        _bytes[RecentHeadOffset] = (byte)((head + 1) % _shape.RecentCapacity);
        _bytes[RecentCountOffset] = (byte)Math.Min(RecentCount + 1, _shape.RecentCapacity);
    }

    public bool HasEventId(ulong eventIdHash)
    {
        ReadOnlySpan<ulong> ids = EventIds;
        return ids.Contains(NeverEmpty(eventIdHash));
    }

    /// <summary>Remembers an event id; the oldest falls out of a full ring.</summary>
    /// <param name="eventIdHash">The id.</param>
    /// <param name="hasEvent">A recent event flagged so is pushed with it.</param>
    public void PushEventId(ulong eventIdHash, bool hasEvent = true)
    {
        if (_shape.EventIdCapacity == 0)
        {
            return;
        }

        int head = _bytes[EventIdHeadOffset];
        EventIds[head] = NeverEmpty(eventIdHash);
        SetHasEvent(head, hasEvent);
        _bytes[EventIdHeadOffset] = (byte)((head + 1) % _shape.EventIdCapacity);
    }

    internal static ulong SequenceOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt64LittleEndian(record[SequenceOffset..]);

    /// <summary>
    /// The last event's time of a record's bytes; null where only ids are remembered, which have none.
    /// </summary>
    internal static long? LastEventMsOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt64LittleEndian(record[EventCountOffset..]) == 0
            ? null
            : BinaryPrimitives.ReadInt64LittleEndian(record[LastEventMsOffset..]);

    // The record is little-endian and so is every machine .NET 10 runs this on; the store refuses others at start.
    private Span<ulong> EventIds => MemoryMarshal.Cast<byte, ulong>(
        _bytes.Slice(_shape.EventIdsOffset, _shape.EventIdCapacity * RecordShape.EventIdBytes));

    private Span<byte> RecentSlot(int slot) =>
        _bytes.Slice(_shape.RecentOffset + (slot * RecordShape.RecentBytes), RecordShape.RecentBytes);

    // 0 marks an empty slot, so the one id that hashes to it shares a mark with 1.
    private static ulong NeverEmpty(ulong eventIdHash) => eventIdHash == 0 ? 1 : eventIdHash;
}
