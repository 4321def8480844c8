using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Compare;

/// <summary>
/// Some of the queries of a split, and the part of their truth that is looked for. Immutable.
/// </summary>
internal sealed record QuerySegment(string Name, int[] Queries, int[][] Truth)
{
    private const int NewUserEventMax = 5;
    private const double HeavyShare = 0.1;

    /// <summary>Items outside the most popular of this share are the long tail.</summary>
    private const double HeadShare = 0.2;

    /// <summary>All, users of few events, the tenth with the most, and what was done outside the popular.</summary>
    public static IReadOnlyList<QuerySegment> Of(EngineReplay replay)
    {
        ReplayQuery[] queries = replay.Queries;
        int[] all = [.. Enumerable.Range(0, queries.Length)];
        int[][] truth = [.. queries.Select(query => query.SeenTruth)];
        int[] lengths = [.. queries.Select(query => query.HistoryEnd - query.UserStart)];
        int heavyFrom = lengths.OrderDescending().ElementAt((int)(queries.Length * HeavyShare));

        // The catalogue is in the order of counts in training.
        int head = (int)(replay.Split.Catalogue.TrainingCounts.Count(count => count > 0) * HeadShare);
        int[][] tail = [.. truth.Select(items => items.Where(item => item >= head).ToArray())];
        return
        [
            new QuerySegment("all", all, truth),
            Part($"new users (up to {NewUserEventMax} events)", index => lengths[index] <= NewUserEventMax, truth),
            Part($"heavy users (over {heavyFrom} events)", index => lengths[index] > heavyFrom, truth),
            Part("long-tail items (outside the top fifth)", index => tail[index].Length > 0, tail),
        ];

        QuerySegment Part(string name, Func<int, bool> belongs, int[][] sought)
        {
            int[] part = [.. all.Where(belongs)];
            return new QuerySegment(name, part, [.. part.Select(index => sought[index])]);
        }
    }

    /// <summary>Recall@20 of each of the queries.</summary>
    public double[] Recalls(QueryOutcome[] outcomes) =>
        [.. Queries.Select((query, place) => RankingMeasures.Of(outcomes[query].List, Truth[place]).Recall20)];
}
