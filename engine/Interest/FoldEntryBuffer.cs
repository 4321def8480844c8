using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>
/// Entries of one batch, end to end, on their way to the log and then to the fold. Owned by one partition and reused;
/// it grows to the largest batch.
/// </summary>
internal sealed class FoldEntryBuffer
{
    private byte[] _payloads = new byte[16 * 1024];
    private int[] _lengths = new int[256];
    private int[] _slots = new int[256];
    private int _payloadBytes;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Payloads => _payloads.AsSpan(0, _payloadBytes);

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <summary>For each entry its user's slot in the batch's working set; -1: not known.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    public void Clear()
    {
        Count = 0;
        _payloadBytes = 0;
    }

    /// <summary>An event (Event, or Park when an item id is given).</summary>
    public void AddEvent(
        in EventFacts facts, ReadOnlySpan<byte> user, ReadOnlySpan<byte> parkedItem, int slot = FoldEntry.NoSlot)
    {
        FoldEntryKind kind = parkedItem.IsEmpty ? FoldEntryKind.Event : FoldEntryKind.Park;
        Span<byte> head = Add(kind, user, parkedItem, default);
        _slots[Count - 1] = slot;
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

    public void AddResolve(ReadOnlySpan<byte> item, uint itemIndex, ulong itemVersion)
    {
        Span<byte> head = Add(FoldEntryKind.Resolve, default, item, default);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], itemIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], itemVersion);
    }

    public void AddGiveUp(int count) =>
        BinaryPrimitives.WriteInt32LittleEndian(Add(FoldEntryKind.GiveUp, default, default, default)[36..], count);

    public void AddSchema(ReadOnlySpan<byte> schemaJson) => Add(FoldEntryKind.Schema, default, default, schemaJson);

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
        BinaryPrimitives.WriteUInt16LittleEndian(payload[66..], checked((ushort)text.Length));
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
        }

        _slots[Count] = FoldEntry.NoSlot;
        _lengths[Count++] = length;
        _payloadBytes += length;
        return _payloads.AsSpan(_payloadBytes - length, length);
    }
}
