namespace Ebb.Server.Loading;

/// <summary>What a loader is told with: counters, progress and the wish to stop.</summary>
public readonly record struct LoadRun(LoadSummary Summary, IProgress<long> Progress, CancellationToken Cancellation);
