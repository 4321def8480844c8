using System.Runtime.CompilerServices;
using Ebb.Engine.Interest;
using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// What FASTER calls to move record bytes. Input is the slot of a batch that a read fills; output is the address where
/// the record stands. Called on the thread that owns the store. Invariant: it copies and never merges.
/// </summary>
internal sealed unsafe class SpillFunctions(HotRecords hot, Func<long> readOnlyAddress)
    : FunctionsBase<SpanByte, SpanByte, int, long, Empty>
{
    /// <summary>Where each slot's record goes; empty memory: only whether it is there.</summary>
    internal Memory<byte>[] Targets { get; private set; } = [];

    /// <summary>What was found for each slot.</summary>
    internal ReadOutcome[] Outcomes { get; private set; } = [];

    internal long[] Addresses { get; private set; } = [];

    /// <summary>A deleted user is a value that says so (format version 0), not a FASTER tombstone.</summary>
    internal static bool IsDeletion(ReadOnlySpan<byte> value) =>
        value.Length < RecordShape.HeaderBytes
        || (value[UserRecord.VersionOffset] | value[UserRecord.VersionOffset + 1]) == 0;

    internal void Reserve(int slotCount)
    {
        if (slotCount > Targets.Length)
        {
            int size = Math.Max(slotCount, 2 * Targets.Length);
            Targets = new Memory<byte>[size];
            Outcomes = new ReadOutcome[size];
            Addresses = new long[size];
        }
    }

    public override bool SingleReader(
        ref SpanByte key, ref int input, ref SpanByte value, ref long dst, ref ReadInfo readInfo) =>
        Take(input, ref value, readInfo.Address);

    public override bool ConcurrentReader(
        ref SpanByte key, ref int input, ref SpanByte value, ref long dst, ref ReadInfo readInfo) =>
        Take(input, ref value, readInfo.Address);

    public override bool SingleWriter(
        ref SpanByte key,
        ref int input,
        ref SpanByte src,
        ref SpanByte dst,
        ref long output,
        ref UpsertInfo upsertInfo,
        WriteReason reason)
    {
        src.CopyTo(ref dst);
        ReadOnlySpan<byte> keyBytes = key.AsReadOnlySpan();

        // SAFETY: the destination lies in a page, which FASTER keeps pinned.
        hot.Add(
            keyBytes, StableHash.Compute(keyBytes), upsertInfo.Address, (nint)Unsafe.AsPointer(ref dst),
            readOnlyAddress());
        return true;
    }

    public override bool ConcurrentWriter(
        ref SpanByte key,
        ref int input,
        ref SpanByte src,
        ref SpanByte dst,
        ref long output,
        ref UpsertInfo upsertInfo)
    {
        // A full record never fits where a short deletion was appended: FASTER then appends a new one.
        if (dst.Length < src.Length)
        {
            return false;
        }

        Span<byte> destination = dst.AsSpan();
        ReadOnlySpan<byte> source = src.AsReadOnlySpan();
        source.CopyTo(destination);
        destination[source.Length..].Clear();
        return true;
    }

    private bool Take(int slot, ref SpanByte value, long address)
    {
        ReadOnlySpan<byte> bytes = value.AsReadOnlySpan();
        Addresses[slot] = address;
        if (IsDeletion(bytes))
        {
            Outcomes[slot] = ReadOutcome.Deleted;
            return true;
        }

        Span<byte> target = Targets[slot].Span;
        if (target.Length != 0 && bytes.Length != target.Length)
        {
            Outcomes[slot] = ReadOutcome.OtherLength;
            return true;
        }

        if (target.Length != 0)
        {
            bytes.CopyTo(target);
        }

        Outcomes[slot] = ReadOutcome.Found;
        return true;
    }
}
