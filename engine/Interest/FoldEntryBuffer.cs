using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>
/// Entries of one batch, end to end, on their way to the log and then to the fold. Owned by one partition and reused;
/// it grows to the largest batch.
/// </summary>
internal sealed class FoldEntryBuffer
{
    private const int NoRow = -1;

    private byte[] _payloads = new byte[16 * 1024];
    private int[] _lengths = new int[256];
    private int[] _slots = new int[256];
    private int[] _rows = new int[256];
    private int _payloadBytes;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Payloads => _payloads.AsSpan(0, _payloadBytes);

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <summary>For each entry its user's slot in the batch's working set; -1: not known.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    /// <summary>For each entry of an event the row of its item; -1: none.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public void Clear()
    {
        Count = 0;
        _payloadBytes = 0;
    }

    /// <summary>An event (Event, or Park when an item id is given); the segment that its request names.</summary>
    public void AddEvent(
        in EventFacts facts, ReadOnlySpan<byte> user, ReadOnlySpan<byte> parkedItem, int slot = FoldEntry.NoSlot,
        ReadOnlySpan<byte> segment = default)
    {
        FoldEntryKind kind = parkedItem.IsEmpty ? FoldEntryKind.Event : FoldEntryKind.Park;
        Span<byte> head = Add(kind, user, kind == FoldEntryKind.Event ? segment : parkedItem, default);
        _slots[Count - 1] = slot;
        Write(head, facts);
        if (kind == FoldEntryKind.Event)
        {
            _rows[Count - 1] = (int)facts.ItemIndex;
            BinaryPrimitives.WriteUInt32LittleEndian(head[24..], facts.FromCategory);
            BinaryPrimitives.WriteUInt32LittleEndian(head[28..], facts.ToCategory);
            BinaryPrimitives.WriteUInt32LittleEndian(head[36..], facts.Feedback);
        }
    }

    /// <summary>
    /// Takes an event out. The text is the record made anew (Refolded) or the event's vector (Subtracted).
    /// </summary>
    public void AddUnsend(in EventFacts facts, UnsendMethod method, ReadOnlySpan<byte> user, ReadOnlySpan<byte> text)
    {
        Span<byte> head = Add(FoldEntryKind.Unsend, user, default, text);
        Write(head, facts);
        BinaryPrimitives.WriteInt32LittleEndian(head[36..], (int)method);
    }

    /// <summary>A user's record under the schema in force.</summary>
    public void AddRebuild(ReadOnlySpan<byte> user, ReadOnlySpan<byte> record, RebuildMethod method)
    {
        Span<byte> head = Add(FoldEntryKind.Rebuild, user, default, record);
        BinaryPrimitives.WriteInt32LittleEndian(head[36..], (int)method);
    }

    /// <summary>The user leaves for another key with his record. Times as of a Forget.</summary>
    public void AddMergeOut(
        ReadOnlySpan<byte> user, ReadOnlySpan<byte> target, ReadOnlySpan<byte> record,
        (long NowMs, long ErasedByMs) times)
    {
        Span<byte> head = Add(FoldEntryKind.MergeOut, user, target, record);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], times.NowMs);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], times.ErasedByMs);
    }

    /// <summary>A record comes to the user's, named by where and when it left.</summary>
    public void AddMergeIn(ReadOnlySpan<byte> user, ReadOnlySpan<byte> record, ushort source, ulong sequence)
    {
        Span<byte> head = Add(FoldEntryKind.MergeIn, user, default, record);
        BinaryPrimitives.WriteUInt64LittleEndian(head[40..], source);
        BinaryPrimitives.WriteUInt64LittleEndian(head[48..], sequence);
    }

    public void AddMergeDone(ulong sequence) => BinaryPrimitives.WriteUInt64LittleEndian(
        Add(FoldEntryKind.MergeDone, default, default, default)[48..], sequence);

    private static void Write(Span<byte> head, in EventFacts facts)
    {
        head[1] = facts.Type;
        head[2] = facts.Flags;
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], facts.ItemIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], facts.ItemVersion);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], facts.TimeMs);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], facts.ParkedAtMs);
        BinaryPrimitives.WriteSingleLittleEndian(head[32..], facts.Weight);
        BinaryPrimitives.WriteUInt64LittleEndian(head[40..], facts.Session);
        BinaryPrimitives.WriteUInt64LittleEndian(head[48..], facts.SessionSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(head[56..], facts.EventId);
    }

    public void AddResolve(ReadOnlySpan<byte> item, uint itemIndex, ulong itemVersion, int split)
    {
        Span<byte> head = Add(FoldEntryKind.Resolve, default, item, default);
        head[2] = (byte)(split << FoldEntry.SplitShift);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], itemIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], itemVersion);
    }

    public void AddGiveUp(int count) =>
        BinaryPrimitives.WriteInt32LittleEndian(Add(FoldEntryKind.GiveUp, default, default, default)[36..], count);

    public void AddSchema(ReadOnlySpan<byte> schemaJson) => Add(FoldEntryKind.Schema, default, default, schemaJson);

    /// <summary>The user is gone. The shares go out of the population with him.</summary>
    public void AddForget(
        ReadOnlySpan<byte> user, ReadOnlySpan<PopulationShare> shares, long timeMs, long erasedByMs)
    {
        Span<byte> text = stackalloc byte[MemorySchema.RecentEventCountMax * PopulationShare.Bytes];
        for (int index = 0; index < shares.Length; index++)
        {
            shares[index].Write(text[(index * PopulationShare.Bytes)..]);
        }

        Span<byte> head = Add(FoldEntryKind.Forget, user, default, text[..(shares.Length * PopulationShare.Bytes)]);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], timeMs);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], erasedByMs);
    }

    /// <summary>The user was idle: nothing of his is newer than the time.</summary>
    public void AddExpire(ReadOnlySpan<byte> user, long beforeMs) => BinaryPrimitives.WriteInt64LittleEndian(
        Add(FoldEntryKind.Expire, user, default, default)[24..], beforeMs);

    /// <summary>
    /// Erasing stops where the log begins, and the medium writes that sector again from memory: what is to go must not
    /// share it.
    /// </summary>
    public void AddPad()
    {
        Span<byte> zeros = stackalloc byte[Log.SegmentLayout.SectorBytes];
        zeros.Clear();
        Add(FoldEntryKind.Pad, default, default, zeros);
    }

    /// <summary>An entry as it was read from a log.</summary>
    public void AddRaw(ReadOnlySpan<byte> payload) => payload.CopyTo(Claim(payload.Length));

    private Span<byte> Add(
        FoldEntryKind kind, ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, ReadOnlySpan<byte> text)
    {
        int length = FoldEntry.HeadBytes + user.Length + item.Length + text.Length;
        Span<byte> payload = Claim(length);
        payload[..FoldEntry.HeadBytes].Clear();
        payload[0] = (byte)kind;
        payload[3] = FoldEntry.PayloadVersion;
        payload[64] = checked((byte)user.Length);
        payload[65] = checked((byte)item.Length);
        if (kind < FoldEntryKind.Forget)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(payload[66..], checked((ushort)text.Length));
        }

        user.CopyTo(payload[FoldEntry.HeadBytes..]);
        item.CopyTo(payload[(FoldEntry.HeadBytes + user.Length)..]);
        text.CopyTo(payload[(FoldEntry.HeadBytes + user.Length + item.Length)..]);
        return payload;
    }

    private Span<byte> Claim(int length)
    {
        if (_payloadBytes + length > _payloads.Length)
        {
            Array.Resize(ref _payloads, Math.Max(_payloads.Length * 2, _payloadBytes + length));
        }

        if (Count == _lengths.Length)
        {
            Array.Resize(ref _lengths, _lengths.Length * 2);
            Array.Resize(ref _slots, _lengths.Length);
            Array.Resize(ref _rows, _lengths.Length);
        }

        (_slots[Count], _rows[Count]) = (FoldEntry.NoSlot, NoRow);
        _lengths[Count++] = length;
        _payloadBytes += length;
        return _payloads.AsSpan(_payloadBytes - length, length);
    }
}
