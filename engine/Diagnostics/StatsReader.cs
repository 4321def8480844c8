using System.Globalization;
using Ebb.Engine.Batching;
using Ebb.Engine.Graph;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Recovery;
using Ebb.Kernels.Gpu;

namespace Ebb.Engine.Diagnostics;

/// <summary>Adds the partitions' counters up.</summary>
internal static class StatsReader
{
    public static EngineStats Read(OpenedEngine opened)
    {
        EngineCore core = opened.Core;
        PartitionCounters[] counters = [.. core.Partitions.Select(partition => partition.Batch.Parts.Counters)];
        FoldTotals[] totals = [.. core.Partitions.Select(partition => partition.Batch.Parts.Fold.State.Totals)];
        PowerBuckets[] groups = [.. core.Partitions.Select(partition => partition.Batch.Parts.Commits.GroupSizes)];
        return WithDevice(WithSweep(WithDrift(core, WithTaste(core, WithGraph(WithEncoder(new EngineStats
        {
            Backend = core.Backend.Name,
            Dimension = core.Options.Dimension,
            PartitionCount = core.Partitions.Length,
            CatalogueGeneration = core.Catalogue.Generation,
            ItemCount = ItemCount(core),
            ItemMemoryBytes = core.Catalogue.VectorBytes,
            ItemRowBytes = core.Catalogue.VectorRowBytes,
            UserCount = core.Partitions.Sum(partition => partition.Batch.Parts.Store.Count) + core.PendingRebuildCount,
            SchemaNumber = core.Schema.Schema.Number,
            UsersToRebuild = core.PendingRebuildCount,
            UsersRebuiltFromLog = core.Rebuilds.Of(RebuildMethod.Log),
            UsersRebuiltFromRecord = core.Rebuilds.Of(RebuildMethod.Remembered),
            UsersRebuiltFromLastEvents = core.Rebuilds.Of(RebuildMethod.LastEvents),
            EventsApplied = (long)totals.Sum(total => (decimal)total.Applied),
            EventsDuplicate = counters.Sum(counter => counter.EventsDuplicate),
            EventsClamped = (long)totals.Sum(total => (decimal)total.Clamped),
            EventsLate = core.Partitions.Sum(partition => partition.Batch.Parts.Fold.LateCount),
            EventsParked = (long)totals.Sum(total => (decimal)total.Parked),
            ParkedResolved = (long)totals.Sum(total => (decimal)total.Resolved),
            ParkedExpired = (long)totals.Sum(total => (decimal)total.GivenUp),
            EventsRefused = counters.Sum(counter => counter.EventsRefused),
            UsersForgotten = counters.Sum(counter => counter.UsersForgotten),
            UsersExpired = counters.Sum(counter => counter.UsersExpired),
            EventsCapped = counters.Sum(counter => counter.EventsCapped),
            EventsUnsent = counters.Sum(counter => counter.EventsUnsent),
            PrivacyEpsilonSpent = core.Reports?.Spent ?? 0,
            PartitionsStopped = core.Partitions.Count(partition => partition.Batch.Parts.HasStopped),
            ErasuresPending = core.Erasures.PendingCount,
            ListsNew = Lists(counters, ListDecision.New),
            ListsKept = Lists(counters, ListDecision.Keep),
            ListsRefreshed = Lists(counters, ListDecision.Refresh),
            ListsDiversified = Lists(counters, ListDecision.Diversify),
            ListsPopular = Lists(counters, ListDecision.Popular),
            Scans = counters.Sum(counter => counter.Scans),
            SourceEventsDropped = core.Sources.DroppedCount,
            BatchesDrained = counters.Sum(counter => counter.BatchesDrained),
            BatchesFull = counters.Sum(counter => counter.BatchesFull),
            BatchSizeP50 = PowerBuckets.Quantile([.. counters.Select(counter => counter.BatchSizes)], 0.5),
            BatchSizeP99 = PowerBuckets.Quantile([.. counters.Select(counter => counter.BatchSizes)], 0.99),
            RequestsBegun = counters.Sum(counter => counter.Requests),
            QueueTimeUsTotal = counters.Sum(counter => counter.QueueTimesUs.Total),
            QueueTimeUsP50 = PowerBuckets.Quantile([.. counters.Select(counter => counter.QueueTimesUs)], 0.5),
            QueueTimeUsP99 = PowerBuckets.Quantile([.. counters.Select(counter => counter.QueueTimesUs)], 0.99),
            Commits = groups.Sum(group => group.Sum()),
            CommittedEntries = groups.Sum(group => group.Total),
            CommitGroupP50 = PowerBuckets.Quantile(groups, 0.5),
            CommitGroupP99 = PowerBuckets.Quantile(groups, 0.99),
            LogBytes = LogBytes(core),
            DurableSequenceTotal = Total(core, partition => core.Log.DurableSequence(partition.Id)),
            AppendedSequenceTotal = Total(core, partition => partition.Batch.Tail),
            LastExport = opened.Exporter?.LastExport,
        }, core), core.Catalogue.GraphCounts))), core), core.Backend.DeviceCounters);
    }

    private static EngineStats WithDrift(EngineCore core, EngineStats stats)
    {
        DriftCounters[] drifts = [.. core.Partitions.Select(partition => partition.Batch.Parts.Counters.Drift)];
        DriftAlarm alarm = core.DriftMonitor.State;
        return stats with
        {
            DriftsMeasured = drifts.Sum(drift => drift.Total),
            DriftP50 = DriftCounters.Quantile(drifts, 0.5, countMin: 1),
            DriftP99 = DriftCounters.Quantile(drifts, 0.99, countMin: 1),
            DriftHistogram = Histogram(drifts),
            DriftUserAlarms = drifts.Sum(drift => drift.UserAlarms),
            DriftAlarmStatistic = alarm.Statistic,
            DriftAlarmThreshold = alarm.Threshold,
            DriftAlarms = alarm.RaisedCount,
            DriftAlarmActive = alarm.IsActive,
        };
    }

    private static EngineStats WithTaste(EngineCore core, EngineStats stats)
    {
        DriftAlarm taste = core.TasteMonitor.State;
        return stats with
        {
            TasteUserAlarms = core.TasteMonitor.UserAlarms,
            TasteAlarmFrom = core.TasteMonitor.AlarmFrom(null),
            TasteAlarmStatistic = taste.Statistic,
            TasteAlarmThreshold = taste.Threshold,
            TasteAlarms = taste.RaisedCount,
            TasteAlarmActive = taste.IsActive,
        };
    }

    private static EngineStats WithSweep(EngineStats stats, EngineCore core) =>
        core.Audiences.LastDrift is not { } drift
            ? stats
            : stats with
            {
                DriftSweepUsers = drift.UserCount,
                DriftSweepMean = drift.Mean,
                DriftSweepP50 = drift.P50,
                DriftSweepP99 = drift.P99,
            };

    private static EngineStats WithDevice(EngineStats stats, GpuCounters? device) => device is null
        ? stats
        : stats with
        {
            GpuBatches = device.Batches,
            GpuQueries = device.Queries,
            GpuUsers = device.Users,
            GpuSweeps = device.Sweeps,
            GpuSweptUsers = device.SweptUsers,
            GpuExtraScans = device.ExtraScans,
            GpuCpuQueries = device.CpuQueries,
            GpuFailures = device.Failures,
        };

    private static EngineStats WithGraph(EngineStats stats, GraphCounts graph) => stats with
    {
        GraphNodes = graph.NodeCount,
        GraphEdges = graph.EdgeCount,
        GraphEdgesLearned = graph.LearnedEdgeCount,
        GraphUnknownEdges = graph.UnknownRelations.Values.Sum(),
        GraphCycles = graph.CycleCount,
        GraphItemsDangling = graph.DanglingCount,
        GraphItemsEnriched = graph.EnrichedCount,
    };

    private static EngineStats WithEncoder(EngineStats stats, EngineCore core) => stats with
    {
        Model = core.Encoders.Encoder?.Bundle.Manifest.Name ?? "",
        Encodings = core.Encoders.Encoder?.RowCount ?? 0,
        EncoderRuns = core.Encoders.Encoder?.RunCount ?? 0,
        EncodingsKept = core.Partitions.Sum(partition => partition.Batch.Parts.Encodings.KeptCount),
        EncodingsSkipped = core.Partitions.Sum(partition => partition.Batch.Parts.Encodings.SkippedCount),
        ExperimentUsers = core.Experiments.UserCount,
        ImpressionsDropped = core.Experiments.DroppedCount,
        EncodedEventsUnknown = core.Encoders.Encoder?.UnknownCount ?? 0,
    };

    private static string Histogram(DriftCounters[] drifts) => string.Join(' ', Enumerable
        .Range(0, DriftCounters.StepCount)
        .Select(step => string.Create(
            CultureInfo.InvariantCulture, $"{DriftCounters.UpTo[step]}:{drifts.Sum(drift => drift[step])}")));

    private static int ItemCount(EngineCore core)
    {
        using Catalogue.CatalogueLease lease = core.Catalogue.Read();
        return lease.ItemCount;
    }

    private static long Lists(PartitionCounters[] counters, ListDecision decision) =>
        counters.Sum(counter => counter.Decisions(decision));

    private static long LogBytes(EngineCore core) =>
        core.Log.SizeBytes(IEventLog.CataloguePartition)
        + core.Partitions.Sum(partition => core.Log.SizeBytes(partition.Id));

    private static ulong Total(EngineCore core, Func<Partition, ulong> sequence)
    {
        ulong total = 0;
        foreach (Partition partition in core.Partitions)
        {
            total += sequence(partition);
        }

        return total;
    }
}
