using System.Globalization;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// How many scans the decision to keep saves, and what it costs: one replay an ε, each user's list kept from query to
/// query as a server keeps it, compared with a scan every time.
/// </summary>
internal static class KeepCurve
{
    public static IReadOnlyList<double> DefaultEpsilons { get; } = [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1];

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, IReadOnlyList<double> epsilons, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        ServingPolicy lists = model.Lists ?? new ServingPolicy();
        ListFacts always = await ListFacts.OfAsync(replay, With(0), cancellation).ConfigureAwait(false);
        var rows = new List<IReadOnlyList<string>> { Row("0 (always scan)", always) };
        foreach (double epsilon in epsilons)
        {
            progress?.Invoke(new ReplayProgress("keep", (double)rows.Count / (epsilons.Count + 1)));
            ListFacts facts = await ListFacts.OfAsync(replay, With(epsilon), cancellation).ConfigureAwait(false);
            rows.Add(Row(epsilon.ToString("0.###", CultureInfo.InvariantCulture), facts));
        }

        return new StudyReport(
            "Keep decisions", ["ε_keep", "scans saved", "Recall@20", "change", "relative"], rows,
            [
                $"{model.Describe()}; kept candidates: {lists.CandidateFactor} a place; sparse sources are scored"
                + " afresh whatever ε says.",
                "Nothing is diversified here (ε_shift above every drift), so that ε_keep alone is compared.",
            ]);

        // Cosine drift is 2 at most: at 3 nothing is a shift.
        ServedModel With(double epsilon) =>
            model with { Lists = lists with { KeepBelow = epsilon, ShiftFrom = Math.Max(3, epsilon) } };

        IReadOnlyList<string> Row(string name, ListFacts facts) =>
            [name, ListFacts.Percent(facts.KeptShare), .. facts.RecallCells(always)];
    }
}
