namespace Ebb.Evaluation.Replay;

/// <summary>Evaluates an engine offline: reads a data set, splits it, and asks engine and baselines every query.</summary>
public static class ReplayRunner
{
    /// <exception cref="DataFileException">A file cannot be read.</exception>
    /// <exception cref="Engine.EngineStartException">The engine does not open with these vectors.</exception>
    public static Task<ReplayReport> RunAsync(
        ReplayOptions options, Action<ReplayProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();
}
