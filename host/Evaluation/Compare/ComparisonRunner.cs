using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Compare;

/// <summary>Serves the same log under several policies, each as a server would, and compares query by query.</summary>
public static class ComparisonRunner
{
    /// <param name="models">Two or more, with names; the first is what the others are compared to.</param>
    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    public static async Task<ComparisonReport> RunAsync(
        EvaluationOptions options, IReadOnlyList<ServedModel> models, Action<ReplayProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        EngineReplay replay = ReplayData.Load(options, progress).Replay();
        var outcomes = new List<QueryOutcome[]>();
        foreach (ServedModel model in models)
        {
            outcomes.Add(await replay.RunAsync(
                model, share => progress?.Invoke(new ReplayProgress(model.Describe(), share)), cancellation)
                .ConfigureAwait(false));
        }

        return new ComparisonReport(
            DatasetNames.Of(options.Dataset), options.Split.ToString(),
            [.. QuerySegment.Of(replay).Select(segment => Compare(segment, replay, models, outcomes))]);
    }

    private static ComparedSegment Compare(
        QuerySegment segment, EngineReplay replay, IReadOnlyList<ServedModel> models, List<QueryOutcome[]> outcomes)
    {
        int[] users = [.. segment.Queries.Select(query => replay.Queries[query].UserStart)];
        double[][] recalls = [.. outcomes.Select(segment.Recalls)];
        return new ComparedSegment(segment.Name, segment.Queries.Length,
        [
            .. models.Select((model, place) => new ComparedPolicy(
                model.Describe(), RankingMeasures.Estimate(recalls[place]),
                PairedDifference.Of(recalls[place], recalls[0], users))),
        ]);
    }
}
