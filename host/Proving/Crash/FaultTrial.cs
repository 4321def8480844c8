using Ebb.Engine;
using Ebb.Engine.Log;
using Ebb.Proving.Media;

namespace Ebb.Proving.Crash;

/// <summary>
/// Runs the workload on a disk that goes wrong, then opens what it left on a good one: all that was told durable is
/// there, or the start is refused in one line. Never is it served with less.
/// </summary>
internal static class FaultTrial
{
    private const int StepCount = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<FaultReport> RunAsync(FaultPlan plan, int seed)
    {
        using var folder = new ScratchFolder();
        var medium = new FaultMedium(plan, seed);
        var expected = new ExpectedState();
        int position = 0;
        bool syncsMarks = !plan.PathPart.Contains("entries", StringComparison.Ordinal);
        var workload = new CrashWorkload(folder.Path, expected, () => ++position, syncsMarks);
        string? stopped = null;
        using (FileMedium.Replace(folder.Path, medium))
        {
            try
            {
                await workload.RunAsync(lifeCount: 1, StepCount, trims: false)
                    .WaitAsync(Patience).ConfigureAwait(false);
            }
            catch (Exception refusal) when (refusal is EngineStartException or EventLogException)
            {
                stopped = refusal.Message;
            }
        }

        using IDisposable healthy = FileMedium.Replace(folder.Path, new FastMedium());
        (string? refused, string? wrong) = await ReopenAsync(folder.Path, expected, position)
            .WaitAsync(Patience).ConfigureAwait(false);
        return new FaultReport(plan, medium.HasFired, workload.Refusals.Values.Sum(), stopped)
        {
            StoppedPartitionCount = workload.StoppedCount,
            RetriedSyncCount = medium.RetriedSyncCount,
            Refused = refused,
            Wrong = wrong,
        };
    }

    private static async Task<(string? Refused, string? Wrong)> ReopenAsync(
        string folder, ExpectedState expected, int position)
    {
        EngineOptions options = CrashWorkload.Options(folder, new ProvingClock(CrashWorkload.StartMs), trims: false);
        try
        {
            InterestEngine engine = await InterestEngine.OpenAsync(options).ConfigureAwait(false);
            await using (engine.ConfigureAwait(false))
            {
                return (null, await expected.CheckAsync(engine, position).ConfigureAwait(false));
            }
        }
        catch (EngineStartException refusal)
        {
            return (refusal.Message, null);
        }
    }
}
