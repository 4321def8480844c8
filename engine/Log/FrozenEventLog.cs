namespace Ebb.Engine.Log;

/// <summary>
/// The log of a folder that nobody serves from, for reading: what <see cref="FasterEventLog"/> would find there,
/// checked as it checks it, without a byte written. Any thread, a partition each.
/// </summary>
internal sealed class FrozenEventLog(string engineFolder, int partitionCount) : IEventLog
{
    private readonly CommitPoint?[] _points = new CommitPoint?[partitionCount + 1];

    public PartitionTail Acquire(ushort partition)
    {
        var recovery = new PartitionRecovery(FolderOf(partition), partition, logger: null);
        (CommitPoint point, uint epoch) = recovery.Inspect();
        _points[SlotOf(partition)] = point;
        return new PartitionTail(epoch, point.LastSequence);
    }

    public AppendResult Append(
        ushort partition, uint epoch, ulong expected, ReadOnlySpan<byte> payloads, ReadOnlySpan<int> payloadLengths) =>
        new(AppendOutcome.Refused, PointOf(partition).LastSequence);

    public void AppendMany(ReadOnlySpan<PartitionAppend> appends, Span<AppendResult> results)
    {
        for (int index = 0; index < appends.Length; index++)
        {
            results[index] = new AppendResult(AppendOutcome.Refused, PointOf(appends[index].Partition).LastSequence);
        }
    }

    public ValueTask<ulong> CommitAsync(ushort partition) => new(PointOf(partition).LastSequence);

    public ulong DurableSequence(ushort partition) => PointOf(partition).LastSequence;

    public ulong FirstSequence(ushort partition) => PointOf(partition).FirstSequence;

    public IEventLogReader ReadFrom(ushort partition, ulong sequence)
    {
        CommitPoint point = PointOf(partition);
        return sequence < point.FirstSequence
            ? throw LogFault.Damaged(
                FolderOf(partition), partition, sequence, $"trimmed, the first held is {point.FirstSequence}")
            : new PartitionReader(() => point, FolderOf(partition), partition, sequence);
    }

    public void TrimBelow(ushort partition, ulong sequence) =>
        throw new NotSupportedException("a log that is only read is not trimmed");

    public long SizeBytes(ushort partition)
    {
        CommitPoint point = PointOf(partition);
        return point.UntilAddress - SegmentLayout.SegmentStart(point.BeginAddress);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string FolderOf(ushort partition) => FasterEventLog.FolderOf(engineFolder, partition);

    private CommitPoint PointOf(ushort partition) => _points[SlotOf(partition)]
        ?? throw new InvalidOperationException($"log partition {LogFault.Name(partition)} was not acquired");

    private int SlotOf(ushort partition) =>
        partition == IEventLog.CataloguePartition ? _points.Length - 1 : partition;
}
