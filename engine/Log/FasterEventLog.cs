using System.Numerics;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Log;

/// <summary>
/// The embedded event log: one FasterLog per partition under <c>folder/log/pNNN</c>, the catalogue's under
/// <c>folder/log/catalogue</c>. Holds the folder against other processes until disposed. Partitions are opened by
/// <see cref="Acquire"/>; each takes one appending thread at a time, everything else may come from any thread.
/// </summary>
public sealed class FasterEventLog : IEventLog
{
    internal const string LogFolder = "log";
    private const string LockFile = "lock";
    private const int BufferBytesMin = 4 * SegmentLayout.PageBytes;

    private readonly string _folder;
    private readonly EventLogOptions _options;
    private readonly ILogger? _logger;
    private readonly FileStream _lock;
    private readonly Lock _sync = new();

    // The catalogue's stands after the last partition's.
    private readonly PartitionLog?[] _partitions;

    /// <param name="folder">The engine's data folder; made if it is not there.</param>
    /// <param name="partitionCount">1 to 1000; partitions 0 to one less can be acquired, and the catalogue's.</param>
    /// <param name="options">Buffer size and pace of the mark; pace of commits and retention are the caller's.</param>
    /// <param name="logger">Told about repairs at open.</param>
    /// <exception cref="EventLogException">Another process holds the folder, or it cannot be made.</exception>
    public FasterEventLog(string folder, int partitionCount, EventLogOptions options, ILogger? logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitionCount, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BufferBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BufferBytes, 1 << 30);
        _folder = Path.Combine(Path.GetFullPath(folder), LogFolder);
        _options = options with
        {
            BufferBytes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(options.BufferBytes, BufferBytesMin)),
        };
        _logger = logger;
        _partitions = new PartitionLog?[partitionCount + 1];
        _lock = TakeFolder();
    }

    public PartitionTail Acquire(ushort partition)
    {
        int slot = SlotOf(partition);
        lock (_sync)
        {
            string folder = Path.Combine(_folder, LogFault.Name(partition));
            try
            {
                PartitionLog log = _partitions[slot] ??= PartitionLog.Open(folder, partition, _options, _logger);
                return log.RaiseEpoch();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw LogFault.Unreadable(folder, partition, fault);
            }
        }
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

    public ValueTask<ulong> CommitAsync(ushort partition) => Acquired(partition).CommitAsync();

    public ulong Commit(ushort partition) => Acquired(partition).Commit();

    public ulong DurableSequence(ushort partition) => Acquired(partition).Durable.LastSequence;

    public ulong FirstSequence(ushort partition) => Acquired(partition).Durable.FirstSequence;

    public IEventLogReader ReadFrom(ushort partition, ulong sequence) => Acquired(partition).ReadFrom(sequence);

    public void TrimBelow(ushort partition, ulong sequence) => Acquired(partition).TrimBelow(sequence);

    public bool HasFailed(ushort partition) => Acquired(partition).HasFailed;

    public void EraseTrimmed(ushort partition) => Acquired(partition).EraseTrimmed();

    public void CopyTo(ushort partition, string engineFolder) =>
        Acquired(partition).CopyTo(FolderOf(engineFolder, partition));

    /// <summary>Where an engine folder has a partition's log.</summary>
    internal static string FolderOf(string engineFolder, ushort partition) =>
        Path.Combine(engineFolder, LogFolder, LogFault.Name(partition));

    public long SizeBytes(ushort partition)
    {
        CommitPoint durable = Acquired(partition).Durable;
        return durable.UntilAddress - SegmentLayout.SegmentStart(durable.BeginAddress);
    }

    /// <summary>Commits and closes every partition; the first failure is thrown after all were closed.</summary>
    public async ValueTask DisposeAsync()
    {
        Exception? first = null;
        foreach (PartitionLog? log in _partitions)
        {
            try
            {
                if (log is not null)
                {
                    await log.CloseAsync().ConfigureAwait(false);
                }
            }
            catch (Exception fault)
            {
                first ??= fault;
            }
        }

        Array.Clear(_partitions);
        await _lock.DisposeAsync().ConfigureAwait(false);
        if (first is not null)
        {
            string words = first.Message.ReplaceLineEndings(" ");
            throw first as EventLogException ?? new EventLogException(
                $"event log {_folder}: closing failed ({words}); what was acknowledged as durable is there,"
                + " free or repair the disk and start again", first);
        }
    }

    /// <summary>Where tests make a sync of one partition fail.</summary>
    internal void SetBeforeSync(ushort partition, Action hook) => Acquired(partition).BeforeSync = hook;

    private FileStream TakeFolder()
    {
        try
        {
            DurableFile.CreateDirectory(_folder);
            return new FileStream(
                Path.Combine(_folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EventLogException(
                $"event log {_folder}: cannot be taken ({fault.Message}); stop the other process or repair the rights",
                fault);
        }
    }

    private PartitionLog Acquired(ushort partition) =>
        _partitions[SlotOf(partition)]
        ?? throw new InvalidOperationException($"log partition {LogFault.Name(partition)} was not acquired");

    private int SlotOf(ushort partition)
    {
        if (partition == IEventLog.CataloguePartition)
        {
            return _partitions.Length - 1;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, _partitions.Length - 1);
        return partition;
    }
}
