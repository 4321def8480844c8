using System.Globalization;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>What the lists of one replay are like, beside whether they hit. Immutable.</summary>
internal sealed class ListFacts
{
    private readonly QueryOutcome[] _outcomes;

    private ListFacts(EngineReplay replay, QueryOutcome[] outcomes)
    {
        Recalls = [.. outcomes.Select(outcome => outcome.Measures.Recall20)];
        Users = [.. replay.Queries.Select(query => query.UserStart)];
        _outcomes = outcomes;
        KeptShare = Share(outcomes, ListDecision.Keep);
        DiversifiedShare = Share(outcomes, ListDecision.Diversify);
        Diversity = outcomes.Average(outcome => Diverse(replay, outcome.List));
        Coverage = (double)outcomes.SelectMany(outcome => outcome.List).Distinct().Count()
            / replay.Split.Catalogue.TrainingCounts.Count(count => count > 0);
    }

    public double[] Recalls { get; }

    public int[] Users { get; }

    /// <summary>Share of the lists that took no scan.</summary>
    public double KeptShare { get; }

    public double DiversifiedShare { get; }

    /// <summary>1 − the mean cosine of two items of a list (intra-list diversity), over all lists.</summary>
    public double Diversity { get; }

    /// <summary>Items that are in any list, of those seen in training.</summary>
    public double Coverage { get; }

    public static async Task<ListFacts> OfAsync(
        EngineReplay replay, ServedModel model, CancellationToken cancellation) =>
        new(replay, await replay.RunAsync(model, null, cancellation).ConfigureAwait(false));

    /// <summary>Share of all list places that these items have.</summary>
    public double PlacesOf(IReadOnlySet<int> items) =>
        (double)_outcomes.Sum(outcome => outcome.List.Count(items.Contains))
        / _outcomes.Sum(outcome => outcome.List.Length);

    /// <summary>Of Recall@20, paired and clustered by user.</summary>
    public MetricEstimate ChangeTo(ListFacts baseline) => PairedDifference.Of(Recalls, baseline.Recalls, Users);

    /// <summary>Recall@20, and its change to another replay of the same queries.</summary>
    public IEnumerable<string> RecallCells(ListFacts baseline)
    {
        MetricEstimate recall = RankingMeasures.Estimate(Recalls);
        MetricEstimate change = ChangeTo(baseline);
        double before = baseline.Recalls.Average();
        yield return string.Create(CultureInfo.InvariantCulture, $"{recall.Mean:0.0000}");
        yield return string.Create(
            CultureInfo.InvariantCulture, $"{change.Mean:+0.0000;-0.0000;0.0000} ±{change.StandardError:0.0000}");
        yield return Percent(before > 0 ? change.Mean / before : 0);
    }

    public static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static double Share(QueryOutcome[] outcomes, ListDecision decision) =>
        (double)outcomes.Count(outcome => outcome.Decision == decision) / outcomes.Length;

    private static double Diverse(EngineReplay replay, int[] list)
    {
        double sum = 0;
        int pairs = 0;
        for (int one = 0; one < list.Length; one++)
        {
            for (int other = one + 1; other < list.Length; other++)
            {
                sum += Cosine(replay.VectorOf(list[one]).Span, replay.VectorOf(list[other]).Span);
                pairs++;
            }
        }

        return pairs == 0 ? 0 : 1 - (sum / pairs);
    }

    private static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double dot = 0;
        double leftSquares = 0;
        double rightSquares = 0;
        for (int d = 0; d < left.Length; d++)
        {
            dot += (double)left[d] * right[d];
            leftSquares += (double)left[d] * left[d];
            rightSquares += (double)right[d] * right[d];
        }

        return leftSquares > 0 && rightSquares > 0 ? dot / Math.Sqrt(leftSquares * rightSquares) : 0;
    }
}
