using System.Collections.Concurrent;

namespace Ebb.Engine.Log;

/// <summary>
/// The log of an engine without a disk, and of tests: the contract of <see cref="IEventLog"/> in memory, where an
/// entry is "durable" once appended and gone with the process. Any thread; one appending caller per partition.
/// </summary>
public sealed class MemoryEventLog(int partitionCount) : IEventLog
{
    private readonly ConcurrentDictionary<ushort, MemoryPartition> _partitions = new();

    public PartitionTail Acquire(ushort partition)
    {
        if (partition != IEventLog.CataloguePartition)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, partitionCount);
        }

        return _partitions.GetOrAdd(partition, static number => new MemoryPartition(number)).RaiseEpoch();
    }

    public AppendResult Append(
        ushort partition, uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths) =>
        Acquired(partition).Append(epoch, expected, payloads, payloadLengths);

    public void AppendMany(ReadOnlySpan<PartitionAppend> appends, Span<AppendResult> results)
    {
        for (int index = 0; index < appends.Length; index++)
        {
            ref readonly PartitionAppend append = ref appends[index];
            results[index] = Append(
                append.Partition, append.Epoch, append.Expected, append.Payloads.Span, append.PayloadLengths.Span);
        }
    }

    public ValueTask<ulong> CommitAsync(ushort partition) => new(Acquired(partition).Tail);

    public ulong DurableSequence(ushort partition) => Acquired(partition).Tail;

    public ulong FirstSequence(ushort partition) => Acquired(partition).FirstSequence;

    public IEventLogReader ReadFrom(ushort partition, ulong sequence) => Acquired(partition).ReadFrom(sequence);

    public void TrimBelow(ushort partition, ulong sequence) => Acquired(partition).TrimBelow(sequence);

    public long SizeBytes(ushort partition) => Acquired(partition).SizeBytes;

    /// <summary>Nothing to close; the entries stay readable as long as the object lives.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private MemoryPartition Acquired(ushort partition) => _partitions.TryGetValue(partition, out MemoryPartition? found)
        ? found
        : throw new InvalidOperationException($"log partition {LogFault.Name(partition)} was not acquired");
}
