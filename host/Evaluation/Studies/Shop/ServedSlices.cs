using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// Recall@20 a query of what an engine serves with some vectors: of the truth that is cold, of the rest, and of all.
/// </summary>
internal static class ServedSlices
{
    public static async Task<double[][]> AskAsync(
        StudyOptions options, EvaluationSplit split, (ItemVectors Named, float[][] ByIndex) vectors,
        CancellationToken cancellation)
    {
        var replay = new EngineReplay(
            split, vectors.Named, new RankerRunner(split, options.Data.ExcludesHistory), options.Data.Backend)
        {
            Substitutes = vectors.ByIndex,
            Encoder = options.Data.EncoderOf(options.Data.ModelFolder),
            LearnStep = options.Data.LearnStep,
        };
        QueryOutcome[] outcomes = await replay.RunAsync(options.Model, null, cancellation).ConfigureAwait(false);
        List<double>[] slices = [[], [], []];
        for (int index = 0; index < outcomes.Length; index++)
        {
            int[] truth = [.. split.Queries[index].Truth.Where(item => item >= 0)];
            HashSet<int> top = [.. outcomes[index].List];
            Add(slices[0], [.. truth.Where(item => ColdSlices.IsCold(split, item))], top);
            Add(slices[1], [.. truth.Where(item => !ColdSlices.IsCold(split, item))], top);
            Add(slices[2], truth, top);
        }

        return [.. slices.Select(slice => slice.ToArray())];
    }

    private static void Add(List<double> recalls, int[] truth, HashSet<int> top)
    {
        if (truth.Length > 0)
        {
            recalls.Add(
                truth.Count(top.Contains) / (double)Math.Min(RankingMeasures.ListLength, truth.Length));
        }
    }
}
