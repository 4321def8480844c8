namespace Ebb.Evaluation.Portrait;

/// <summary>Measures of probabilities against what came true.</summary>
internal static class BinaryScores
{
    /// <summary>
    /// The chance that a change is told a higher probability than no change, ties counting half; and its standard error
    /// (Hanley and McNeil 1982). .5 and 0 where there is one kind only.
    /// </summary>
    public static (double Auc, double Error) Auc(IReadOnlyList<(double Told, bool Came)> scores)
    {
        double positives = scores.Count(score => score.Came);
        double negatives = scores.Count - positives;
        if (positives == 0 || negatives == 0)
        {
            return (0.5, 0);
        }

        double below = 0;
        double wins = 0;
        foreach (IGrouping<double, (double Told, bool Came)> tied in
            scores.GroupBy(score => score.Told).OrderBy(group => group.Key))
        {
            int came = tied.Count(score => score.Came);
            int stayed = tied.Count() - came;
            wins += came * (below + (stayed / 2.0));
            below += stayed;
        }

        double auc = wins / (positives * negatives);
        double q1 = auc / (2 - auc);
        double q2 = 2 * auc * auc / (1 + auc);
        double variance = (auc * (1 - auc)) + ((positives - 1) * (q1 - (auc * auc)))
            + ((negatives - 1) * (q2 - (auc * auc)));
        return (auc, Math.Sqrt(Math.Max(0, variance) / (positives * negatives)));
    }

    public static double Accuracy(IReadOnlyList<(double Told, bool Came)> scores) =>
        scores.Count == 0 ? 0 : scores.Average(score => score.Told >= 0.5 == score.Came ? 1.0 : 0);

    /// <summary>Mean squared error.</summary>
    public static double Brier(IReadOnlyList<(double Told, bool Came)> scores) => scores.Count == 0
        ? 0
        : scores.Average(score => Math.Pow(score.Told - (score.Came ? 1 : 0), 2));
}
