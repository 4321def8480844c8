using Ebb.Engine.Diagnostics;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Recovery;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// What one partition is made of. Everything here is touched by its writer alone unless it says otherwise.
/// </summary>
internal sealed class PartitionParts
{
    public required ushort Id { get; init; }

    /// <summary>The schema of everything below that is set with it, between two batches.</summary>
    public SchemaInForce Schema { get; set; } = null!;

    public BankShape Bank => Schema.Bank;

    public InterestStore Store { get; set; } = null!;

    /// <summary>Users that are still of the schema before; null when there is none.</summary>
    public UserRebuild? Rebuild { get; set; }

    /// <summary>Thread-safe per partition.</summary>
    public required IEventLog Log { get; init; }

    public UserWorkingSet Users { get; set; } = null!;

    public PartitionFold Fold { get; set; } = null!;

    public EventAdmission Admission { get; set; } = null!;

    public SplitLookup Splits { get; set; } = null!;

    /// <summary>Thread-safe.</summary>
    public required CommitPump Commits { get; init; }

    /// <summary>The log takes no more: a commit has failed, whoever asked for it (the pump or an export).</summary>
    public bool HasStopped => Commits.Failed || Log.HasFailed(Id);

    public ListPlanner Planner { get; set; } = null!;

    public ServedLists Served { get; set; } = null!;

    public required ScanStage Scans { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required ScanThread Scanner { get; init; }

    /// <summary>The partition's share of the sequence encoder.</summary>
    public required EncodingStage Encodings { get; init; }

    public required CandidateRanker Ranker { get; init; }

    public ProfileReader Profiles { get; set; } = null!;

    /// <summary>Sessions, population, parked events, totals: of whatever schema.</summary>
    public required PartitionState State { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required ErasureSchedule Erasures { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required PopularItems Popular { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required BackgroundEdits Edits { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required UserMerges Merges { get; init; }

    /// <summary>Users forgotten since open: a list planned before the last of them is not kept.</summary>
    public int ForgetCount { get; set; }

    public WhyReader Whys { get; set; } = null!;

    public required DriftReader Drifts { get; init; }

    public PortraitReader Portraits { get; set; } = null!;

    public required PartitionWatches Watches { get; init; }

    public required PartitionCounters Counters { get; init; }

    public required TasteMeter Tastes { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Idle list jobs.</summary>
    public Stack<ListJob> Lists { get; } = new();

    /// <summary>Swapped whole by any thread.</summary>
    public required PolicySplit Policies { get; set; }

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
