using Ebb.Engine.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
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

    public required BankShape Bank { get; init; }

    public required InterestStore Store { get; init; }

    /// <summary>Thread-safe per partition.</summary>
    public required IEventLog Log { get; init; }

    public required UserWorkingSet Users { get; init; }

    public required PartitionFold Fold { get; init; }

    public required EventAdmission Admission { get; init; }

    /// <summary>Thread-safe.</summary>
    public required CommitPump Commits { get; init; }

    public required ListPlanner Planner { get; init; }

    public required ServedLists Served { get; init; }

    public required ScanStage Scans { get; init; }

    /// <summary>Shared by all partitions; thread-safe.</summary>
    public required ScanThread Scanner { get; init; }

    public required CandidateRanker Ranker { get; init; }

    public required ProfileReader Profiles { get; init; }

    public required WhyReader Whys { get; init; }

    public required DriftReader Drifts { get; init; }

    public required PartitionWatches Watches { get; init; }

    public required PartitionCounters Counters { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Idle list jobs.</summary>
    public Stack<ListJob> Lists { get; } = new();

    /// <summary>Swapped whole by any thread.</summary>
    public required PolicySplit Policies { get; set; }

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
