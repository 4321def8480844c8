using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// ε_keep: the largest that loses at most a hundredth of the recall of scanning every time, with a standard error of
/// the paired difference on the safe side; 0 where every one loses more.
/// </summary>
internal static class KeepSearch
{
    private const double LossMax = 0.01;

    // All below the default ε_shift.
    private static readonly double[] Epsilons = [0.01, 0.1, 0.3];

    public static async Task<List<KeepTrial>> RunAsync(
        EngineReplay replay, ServedModel model, CancellationToken cancellation)
    {
        ListFacts always = await FactsAsync(0).ConfigureAwait(false);
        var trials = new List<KeepTrial> { new(0, 0, RankingMeasures.Estimate(always.Recalls), default) };
        foreach (double epsilon in Epsilons)
        {
            ListFacts facts = await FactsAsync(epsilon).ConfigureAwait(false);
            trials.Add(new KeepTrial(
                epsilon, facts.KeptShare, RankingMeasures.Estimate(facts.Recalls), facts.ChangeTo(always)));
        }

        return trials;

        Task<ListFacts> FactsAsync(double epsilon) => ListFacts.OfAsync(
            replay, model with { Lists = Serving(model, epsilon) }, cancellation);
    }

    public static double Choose(IReadOnlyList<KeepTrial> trials)
    {
        double lossMax = LossMax * trials[0].Recall20.Mean;
        return trials.Where(trial => trial.Change.StandardError - trial.Change.Mean <= lossMax)
            .Max(trial => trial.Epsilon);
    }

    /// <summary>Lists made as a server's default policy makes them, with what was fitted so far.</summary>
    public static ServingPolicy Serving(ServedModel model, double epsilon)
    {
        ServingPolicy plain = new();
        return model.ExactPolicy with
        {
            KeepBelow = epsilon,
            ShiftFrom = plain.ShiftFrom,
            DiversityLambda = plain.DiversityLambda,
            RefreshTolerance = plain.RefreshTolerance,
            CandidateFactor = plain.CandidateFactor,
        };
    }
}
