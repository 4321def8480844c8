using System.Globalization;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>What maximal marginal relevance gains in variety and costs in hits: one replay a λ.</summary>
internal static class DiversityCurve
{
    private static readonly double[] Lambdas = [0.95, 0.9, 0.8, 0.7, 0.5];

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ServingPolicy lists = model.Lists ?? new ServingPolicy();
        ListFacts plain = await ListFacts.OfAsync(replay, With(1, lists.ShiftFrom), cancellation)
            .ConfigureAwait(false);
        var rows = new List<IReadOnlyList<string>> { Row("1 (relevance alone)", plain) };
        foreach (double lambda in Lambdas)
        {
            progress?.Invoke(new ReplayProgress("diversity", rows.Count / (Lambdas.Length + 1.0)));
            ListFacts facts = await ListFacts.OfAsync(replay, With(lambda, lists.ShiftFrom), cancellation)
                .ConfigureAwait(false);
            rows.Add(Row(lambda.ToString("0.##", CultureInfo.InvariantCulture), facts));
        }

        return new StudyReport(
            "Diversity", ["λ", "diversified", "list diversity", "coverage", "Recall@20", "change", "relative"], rows,
            [
                $"{model.Describe()}; lists are diversified where the drift is at least "
                + lists.ShiftFrom.ToString(CultureInfo.InvariantCulture) + ", nothing is kept.",
                "List diversity: 1 − mean cosine of two items of a list. Coverage: items in any list, of those known.",
            ]);

        ServedModel With(double lambda, double shiftFrom) => model with
        {
            Lists = lists with { KeepBelow = 0, ShiftFrom = shiftFrom, DiversityLambda = lambda },
        };

        IReadOnlyList<string> Row(string name, ListFacts facts) =>
        [
            name, ListFacts.Percent(facts.DiversifiedShare),
            facts.Diversity.ToString("0.000", CultureInfo.InvariantCulture), ListFacts.Percent(facts.Coverage),
            .. facts.RecallCells(plain),
        ];
    }
}
