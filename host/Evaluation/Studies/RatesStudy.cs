using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary><see cref="RateSearch"/> as a table.</summary>
internal static class RatesStudy
{
    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        RateTrial trial = await RateSearch.RunAsync(
            (replay, model),
            RateSearch.Fine,
            share => progress?.Invoke(new ReplayProgress("rates", share)),
            cancellation)
            .ConfigureAwait(false);
        return UserHalves.Report(
            "Rates per dimension", "rates of the four blocks of dimensions: " + trial.Blocks,
            (trial.Learned, trial.Plain, trial.ChosenOn), trial.Gain, model.Describe());
    }
}
