using Ebb.Proving.Media;

namespace Ebb.Proving.Crash;

/// <summary>
/// What came of a bad disk. Stopped: the line with which an open or a close ended while it was bad; Refused: the line
/// of the start on a good one; Wrong: what was served and should not have been.
/// </summary>
internal sealed record FaultReport(FaultPlan Plan, bool HasFired, int RefusalCount, string? Stopped)
{
    public int StoppedPartitionCount { get; init; }

    public int RetriedSyncCount { get; init; }

    public string? Refused { get; init; }

    public string? Wrong { get; init; }
}
