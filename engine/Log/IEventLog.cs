namespace Ebb.Engine.Log;

/// <summary>Outcome of an append. Unknown is a result, answered by reading again; never retried blindly.</summary>
public enum AppendOutcome : byte
{
    Appended,

    /// <summary>A newer epoch owns the partition; this writer must stop.</summary>
    Fenced,

    /// <summary>The tail is not where the caller expected it.</summary>
    Conflict,

    /// <summary>The log cannot say whether the entries are in it.</summary>
    Unknown,

    /// <summary>Nothing was appended and the log takes no more (disk full, failed sync).</summary>
    Refused,
}

/// <summary>Tail is the last sequence in the log after the call, where the outcome tells it.</summary>
public readonly record struct AppendResult(AppendOutcome Outcome, ulong Tail);

public readonly record struct PartitionTail(uint Epoch, ulong Tail);

/// <summary>One partition's payloads for <see cref="IEventLog.AppendMany"/>.</summary>
public readonly record struct PartitionAppend(
    ushort Partition, uint Epoch, ulong Expected, ReadOnlyMemory<byte> Payloads, ReadOnlyMemory<int> PayloadLengths);

/// <summary>
/// The narrow seam behind which the log stands (DESIGN.md §1). Payloads are opaque here; the log frames each one with
/// its own CRC32C, partition and position. Partition 0xFFFF is the catalogue's. One caller per partition at a time.
/// </summary>
public interface IEventLog : IAsyncDisposable
{
    public const ushort CataloguePartition = 0xFFFF;

    /// <summary>Takes the partition over: raises its epoch (durably) and says where its log ends.</summary>
    public PartitionTail Acquire(ushort partition);

    /// <summary>
    /// Appends consecutive payloads after <paramref name="expected"/>: payload i gets sequence expected+1+i. In memory
    /// when it returns; durable after a commit. <paramref name="payloads"/> holds them end to end.
    /// </summary>
    public AppendResult Append(
        ushort partition, uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths);

    /// <summary>Several partitions in one round trip; each succeeds or fails by itself.</summary>
    public void AppendMany(ReadOnlySpan<PartitionAppend> appends, Span<AppendResult> results);

    /// <summary>Commits and syncs everything appended so far to the partition; returns the durable sequence.</summary>
    /// <exception cref="EventLogException">The sync failed: the log refuses appends from here on.</exception>
    public ValueTask<ulong> CommitAsync(ushort partition);

    /// <summary>The same for a thread that may block: where there is a sync to make, it is made on it.</summary>
    public ulong Commit(ushort partition) => CommitAsync(partition).AsTask().GetAwaiter().GetResult();

    /// <summary>The medium has refused something: the partition takes no appends until it is opened again.</summary>
    public bool HasFailed(ushort partition) => false;

    /// <summary>Every entry up to here survives a crash.</summary>
    public ulong DurableSequence(ushort partition);

    /// <summary>The oldest sequence still held (1 when nothing was trimmed).</summary>
    public ulong FirstSequence(ushort partition);

    /// <summary>
    /// Committed entries from a sequence on, in order; at the tail it ends. A gap, a bad frame or an end before
    /// the durable mark throws <see cref="EventLogException"/> naming the partition and position.
    /// </summary>
    public IEventLogReader ReadFrom(ushort partition, ulong sequence);

    /// <summary>Forgets entries below a sequence. Only ever called with one that a published base covers.</summary>
    public void TrimBelow(ushort partition, ulong sequence);

    /// <summary>
    /// Overwrites on the medium what was trimmed and is still there, so that no byte of it can be read back. Nothing to
    /// do where trimming itself removes.
    /// </summary>
    /// <exception cref="EventLogException">The medium refused; what was trimmed may still be there.</exception>
    public void EraseTrimmed(ushort partition)
    {
    }

    /// <summary>
    /// Copies what is committed of a partition into another engine folder, durably, as a log that can be opened there.
    /// Not while it is trimmed.
    /// </summary>
    public void CopyTo(ushort partition, string engineFolder) =>
        throw new NotSupportedException("this log has no files to copy");

    /// <summary>Bytes on the medium, for STATS.</summary>
    public long SizeBytes(ushort partition);
}

/// <summary>Forward reader over one partition; the payload is valid until the next move.</summary>
public interface IEventLogReader : IDisposable
{
    public bool MoveNext();

    public LogPosition Position { get; }

    public ReadOnlySpan<byte> Payload { get; }
}
