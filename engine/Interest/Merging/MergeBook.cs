using System.Buffers.Binary;

namespace Ebb.Engine.Interest.Merging;

/// <summary>
/// A partition's part in merges: who has left and is not known to have arrived (outbox), and up to which MergeOut of
/// each other partition everybody has arrived here (what makes an arrival count once). Folded state; the partition's
/// writer.
/// Invariant: transfers of one partition arrive in the order of their sequences.
/// </summary>
internal sealed class MergeBook
{
    private const int CountBytes = 4;
    private const int HeadBytes = 16;
    private const int MarkBytes = 10;

    private readonly List<PendingMerge> _pending = [];
    private readonly SortedDictionary<ushort, ulong> _arrived = [];

    public bool IsEmpty => _pending.Count == 0 && _arrived.Count == 0;

    /// <summary>The oldest that has not been said to have arrived; null for none.</summary>
    public PendingMerge? First => _pending.Count == 0 ? null : _pending[0];

    public void Left(PendingMerge merge) => _pending.Add(merge);

    /// <summary>The transfer and what left before it are where they belong.</summary>
    public void Done(ulong sequence) => _pending.RemoveAll(merge => merge.Sequence <= sequence);

    public ulong ArrivedUpTo(ushort partition) => _arrived.GetValueOrDefault(partition);

    public void Arrived(ushort partition, ulong sequence) =>
        _arrived[partition] = Math.Max(ArrivedUpTo(partition), sequence);

    /// <summary>
    /// Layout: i32 pending, each u64 sequence, i32 target bytes, i32 record bytes, target, record; then i32 marks, each
    /// u16 partition, u64 sequence, by partition.
    /// </summary>
    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[HeadBytes];
        WriteCount(output, _pending.Count);
        foreach (PendingMerge merge in _pending)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(field, merge.Sequence);
            BinaryPrimitives.WriteInt32LittleEndian(field[8..], merge.Target.Length);
            BinaryPrimitives.WriteInt32LittleEndian(field[12..], merge.Record.Length);
            output.AddRange(field);
            output.AddRange(merge.Target);
            output.AddRange(merge.Record);
        }

        WriteCount(output, _arrived.Count);
        foreach ((ushort partition, ulong sequence) in _arrived)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(field, partition);
            BinaryPrimitives.WriteUInt64LittleEndian(field[2..], sequence);
            output.AddRange(field[..MarkBytes]);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _pending.Clear();
        _arrived.Clear();
        for (int left = ReadCount(ref input); left > 0; left--)
        {
            ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(input);
            int targetBytes = BinaryPrimitives.ReadInt32LittleEndian(input[8..]);
            int recordBytes = BinaryPrimitives.ReadInt32LittleEndian(input[12..]);
            input = input[HeadBytes..];
            _pending.Add(new PendingMerge(
                sequence, input[..targetBytes].ToArray(), input.Slice(targetBytes, recordBytes).ToArray()));
            input = input[(targetBytes + recordBytes)..];
        }

        for (int left = ReadCount(ref input); left > 0; left--)
        {
            _arrived[BinaryPrimitives.ReadUInt16LittleEndian(input)] =
                BinaryPrimitives.ReadUInt64LittleEndian(input[2..]);
            input = input[MarkBytes..];
        }
    }

    private static void WriteCount(List<byte> output, int count)
    {
        Span<byte> field = stackalloc byte[CountBytes];
        BinaryPrimitives.WriteInt32LittleEndian(field, count);
        output.AddRange(field);
    }

    private static int ReadCount(ref ReadOnlySpan<byte> input)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[CountBytes..];
        return count;
    }
}
