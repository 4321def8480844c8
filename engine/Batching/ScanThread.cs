using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Memory;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// Scans that would hold a partition up run here, for all partitions together: the thread takes whatever has gathered
/// while the last scan ran (no timer), so a large catalogue is read once for many queries. Idle, it sleeps.
/// </summary>
internal sealed class ScanThread : IDisposable
{
    /// <summary>
    /// Multiply-adds above which a scan leaves the partition's own turn: about a millisecond of one core.
    /// </summary>
    private const long InlineWorkMax = 8L << 20;
    private const int BatchCountMax = 256;

    private readonly ItemCatalogue _catalogue;
    private readonly ScanStage _scans;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly GatheringThread _thread;
    private readonly List<ListJob> _lists = [];

    public ScanThread(
        ItemCatalogue catalogue, ScanStage scans, Func<ushort, Partition> partitionOf, EngineOptions options)
    {
        Pressure = new ScanPressure(options.ScanWaitMax, options.Clock.TimestampFrequency);
        _clock = options.Clock;
        _catalogue = catalogue;
        _scans = scans;
        _logger = EngineLog.For(options);
        _thread = new GatheringThread("ebb-scan", BatchCountMax, Make, partitionOf);
        _thread.Start();
    }

    /// <summary>How long lists wait here, and what is left out for it.</summary>
    public ScanPressure Pressure { get; }

    /// <summary>Takes the lists when scanning them is too much for a partition's turn.</summary>
    public bool TryTakeOver(List<ListJob> lists, ItemMatrix items, PartitionBatch batch)
    {
        int scanCount = 0;
        foreach (ListJob job in lists)
        {
            scanCount += job.Path == ListPath.Scan ? 1 : 0;
        }

        if ((long)scanCount * items.Count * items.Dimension <= InlineWorkMax)
        {
            return false;
        }

        Pressure.Came(lists.Count);
        _thread.Add(lists, batch);
        return true;
    }

    /// <summary>The same for a run of lists of any partitions, whose users are encoded.</summary>
    public bool TryTakeOver(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> encoded, ItemMatrix items)
    {
        int scanCount = 0;
        foreach ((ListJob job, _) in encoded)
        {
            scanCount += job.Path == ListPath.Scan ? 1 : 0;
        }

        if ((long)scanCount * items.Count * items.Dimension <= InlineWorkMax)
        {
            return false;
        }

        Pressure.Came(encoded.Length);
        _thread.Add(encoded);
        return true;
    }

    /// <summary>Waits until nothing is scanned; while no partition can hand over more.</summary>
    public void Quiesce() => _thread.Quiesce();

    public void Dispose() => _thread.Dispose();

    private void Make(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> taken)
    {
        _lists.Clear();
        foreach ((ListJob job, _) in taken)
        {
            AddInTime(_lists, job);
        }

        long begun = _clock.GetTimestamp();
        Scan(_lists);
        long ended = _clock.GetTimestamp();
        Pressure.Scanned(taken.Length, _clock.GetElapsedTime(begun, ended).TotalMilliseconds);
        Pressure.Answered(_lists, ended);
        _thread.GiveBack(taken);
    }

    // A RECOMMEND whose moment passed while it waited is not scored. An ACT has been applied and is answered.
    private void AddInTime(List<ListJob> lists, ListJob job)
    {
        EngineRequest request = job.Request;
        bool isTooLate = request.Kind == RequestKind.Recommend && request.DeadlineTimestamp != 0
            && _clock.GetTimestamp() > request.DeadlineTimestamp;
        if (isTooLate)
        {
            request.Status = EntryStatus.DeadlinePassed;
        }
        else
        {
            lists.Add(job);
        }
    }

    private void Scan(List<ListJob> lists)
    {
        try
        {
            using CatalogueLease lease = _catalogue.Read();
            _scans.Run(lists, lease);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.ScanFailed(_logger, failure.Message, failure);
            foreach (ListJob job in lists)
            {
                job.Request.Status = EntryStatus.Internal;
            }
        }
    }
}
