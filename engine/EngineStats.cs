namespace Ebb.Engine;

/// <summary>Counters since open, and what is held now. A snapshot. P50 and P99 are powers of two, rounded up.</summary>
public sealed record EngineStats
{
    public string Backend { get; init; } = "";
    public int Dimension { get; init; }
    public int PartitionCount { get; init; }
    public ulong CatalogueGeneration { get; init; }
    public int ItemCount { get; init; }

    /// <summary>
    /// A device behind the backend, zeros without one: batches launched, queries it answered, users whose record came
    /// along (decay, blend and drift were its own); slices of sweeps over all users, and the users in them; scans made
    /// again for want of room, queries that the CPU answered instead, and 1 when the device has failed.
    /// </summary>
    public long GpuBatches { get; init; }
    public long GpuQueries { get; init; }
    public long GpuUsers { get; init; }
    public long GpuSweeps { get; init; }
    public long GpuSweptUsers { get; init; }
    public long GpuExtraScans { get; init; }
    public long GpuCpuQueries { get; init; }
    public long GpuFailures { get; init; }

    /// <summary>Bytes held for item vectors and their codes, spare capacity included.</summary>
    public long ItemMemoryBytes { get; init; }

    /// <summary>Of those, bytes an item: 5·(S + 1), S the dimension rounded up to 8 (kernels/DESIGN.md).</summary>
    public int ItemRowBytes { get; init; }
    public long UserCount { get; init; }

    /// <summary>Number of the memory schema in force, and users still of the one before it.</summary>
    public uint SchemaNumber { get; init; }
    public long UsersToRebuild { get; init; }

    /// <summary>Since open: all their events told by the log, by the record, or only the last ones known.</summary>
    public long UsersRebuiltFromLog { get; init; }
    public long UsersRebuiltFromRecord { get; init; }
    public long UsersRebuiltFromLastEvents { get; init; }
    public long EventsApplied { get; init; }
    public long EventsDuplicate { get; init; }
    public long EventsClamped { get; init; }
    public long EventsLate { get; init; }
    public long EventsParked { get; init; }
    public long ParkedResolved { get; init; }
    public long ParkedExpired { get; init; }
    public long EventsRefused { get; init; }
    public long EventsCapped { get; init; }
    public long EventsUnsent { get; init; }
    public long UsersForgotten { get; init; }

    /// <summary>Idle for longer than the memory schema keeps anybody, since open.</summary>
    public long UsersExpired { get; init; }

    /// <summary>Partitions that take no writes until a restart: a write or a sync of their log failed.</summary>
    /// <summary>ε that private reports have spent of their budget; 0 without privacy.</summary>
    public double PrivacyEpsilonSpent { get; init; }

    public int PartitionsStopped { get; init; }

    /// <summary>Forgotten users that the files still hold, within the time that their receipts state.</summary>
    public int ErasuresPending { get; init; }
    public long ListsNew { get; init; }
    public long ListsKept { get; init; }
    public long ListsRefreshed { get; init; }
    public long ListsDiversified { get; init; }
    public long ListsPopular { get; init; }
    public long Scans { get; init; }

    /// <summary>δ's measured for lists, and by the upper ends of the histogram's steps.</summary>
    public long DriftsMeasured { get; init; }
    public double DriftP50 { get; init; }
    public double DriftP99 { get; init; }

    /// <summary>Counts by step, as "0.001:12 0.002:3 …"; a step's number is its upper end.</summary>
    public string DriftHistogram { get; init; } = "";

    /// <summary>Lists whose user had drifted past the user's alarm.</summary>
    public long DriftUserAlarms { get; init; }

    /// <summary>The population's alarm: its CUSUM, what that must pass, and how often it did.</summary>
    public double DriftAlarmStatistic { get; init; }
    public double DriftAlarmThreshold { get; init; }
    public long DriftAlarms { get; init; }
    public bool DriftAlarmActive { get; init; }

    /// <summary>
    /// The last sweep over everybody who holds a list: users, and their δ from it at that moment.
    /// </summary>
    public long DriftSweepUsers { get; init; }
    public double DriftSweepMean { get; init; } = double.NaN;
    public double DriftSweepP50 { get; init; } = double.NaN;
    public double DriftSweepP99 { get; init; } = double.NaN;

    /// <summary>Lists of users whose taste has changed, and the evidence from which it has; the population's.</summary>
    public long TasteUserAlarms { get; init; }
    public double TasteAlarmFrom { get; init; }
    public double TasteAlarmStatistic { get; init; }
    public double TasteAlarmThreshold { get; init; }
    public long TasteAlarms { get; init; }
    public bool TasteAlarmActive { get; init; }

    /// <summary>Events that no source learned from, because the learner had no room for them.</summary>
    public long SourceEventsDropped { get; init; }
    /// <summary>The sequence encoder: the model that serves, empty for none; users encoded, runs that did it.</summary>
    public string Model { get; init; } = "";
    public long Encodings { get; init; }
    public long EncoderRuns { get; init; }

    /// <summary>Lists with an encoding of before; lists without one because the deadline was near.</summary>
    public long EncodingsKept { get; init; }
    public long EncodingsSkipped { get; init; }

    /// <summary>Events left out of an encoding because the model does not know their item.</summary>
    public long EncodedEventsUnknown { get; init; }

    /// <summary>
    /// The graph: edges that are served and those of relations without a weight, that close a cycle; items that edges
    /// name and the catalogue has not; items that show a vector of the graph's.
    /// </summary>
    public long GraphNodes { get; init; }
    public long GraphEdges { get; init; }
    public long GraphEdgesLearned { get; init; }
    public long GraphUnknownEdges { get; init; }
    public long GraphCycles { get; init; }
    public long GraphItemsDangling { get; init; }
    public long GraphItemsEnriched { get; init; }

    /// <summary>Users whose answers to impressions are awaited; impressions that were not counted.</summary>
    public ulong ExperimentUsers { get; init; }
    public ulong ImpressionsDropped { get; init; }
    public long BatchesDrained { get; init; }
    public long BatchesFull { get; init; }
    public long BatchSizeP50 { get; init; }
    public long BatchSizeP99 { get; init; }
    public long RequestsBegun { get; init; }
    public long QueueTimeUsTotal { get; init; }
    public long QueueTimeUsP50 { get; init; }
    public long QueueTimeUsP99 { get; init; }

    /// <summary>Group commits of the partitions' logs, and the entries that they made durable.</summary>
    public long Commits { get; init; }
    public long CommittedEntries { get; init; }
    public long CommitGroupP50 { get; init; }
    public long CommitGroupP99 { get; init; }
    public long LogBytes { get; init; }
    public ulong DurableSequenceTotal { get; init; }
    public ulong AppendedSequenceTotal { get; init; }
    public DateTimeOffset? LastExport { get; init; }
}
