using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Ebb.Engine.Encoders;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Kernels.TopK;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// What a re-ranker learns from: for each question of the validation slice the best K′ of the blend, with the features
/// that serving computes and whether the item came. The model that is asked has not seen the slice.
/// </summary>
public static class ReRankTable
{
    /// <summary>Writes .npy rows: question, ± items that came (− where this one did not), features.</summary>
    /// <returns>Questions written.</returns>
    /// <exception cref="DataFileException">A file cannot be read, or the slice leaves nothing to ask.</exception>
    public static async Task<int> WriteAsync(
        FitOptions options, ServedModel model, string path, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        var data = ValidationData.Load(options, progress);
        EngineReplay replay = data.Replay(data.QueryCount, oneByOne: true);
        var recorder = new Recorder();
        var rows = new ConcurrentDictionary<int, float[]>();
        var visit = new ReplayVisit(
            [ServedModel.ReRanked(model) with { ReRanker = recorder }], RankingMeasures.ListLength,
            (_, index, _) =>
            {
                if (recorder.TryTake(replay.Queries[index], index, out Recorded? seen))
                {
                    rows[index] = Rows(replay, index, seen);
                }
            })
        {
            Progress = share => progress?.Invoke(new ReplayProgress("lists", share)),
        };
        await replay.VisitAsync(visit, cancellation).ConfigureAwait(false);
        float[] values = [.. rows.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value)];
        if (values.Length == 0)
        {
            throw new DataFileException("no list was long enough to be ranked again.");
        }

        NpyWriter.Write(path, values, ReRankFeatures.Names.Count + 2);
        return rows.Count;
    }

    private static float[] Rows(EngineReplay replay, int index, Recorded seen)
    {
        ReplayQuery query = replay.Queries[index];
        HashSet<int> excluded = replay.ExcludedOf(query);
        var rows = new List<float>();
        for (int place = 0; place < seen.Items.Length; place++)
        {
            if (excluded.Contains(seen.Items[place]))
            {
                continue;
            }

            int total = query.SeenTruth.Length;
            rows.Add(index);
            rows.Add(query.SeenTruth.Contains(seen.Items[place]) ? total : -total);
            rows.AddRange(seen.Features.AsSpan(
                place * ReRankFeatures.Names.Count, ReRankFeatures.Names.Count));
        }

        return [.. rows];
    }

    /// <summary>Items are catalogue indices: an evaluation puts its items in that order.</summary>
    private sealed record Recorded(int[] Items, float[] Features);

    /// <summary>Keeps what a re-ranker would see and leaves the order as it is. Any thread.</summary>
    private sealed class Recorder : IReRanker
    {
        private readonly ConcurrentDictionary<string, Recorded> _byUser = new();

        public void ReRank(in ReRankContext context, ReadOnlySpan<ScoredItem> best, Span<float> order)
        {
            order.Clear();
            float[] features = new float[best.Length * ReRankFeatures.Names.Count];
            ReRankFeatures.Fill(context, best, features);
            int[] items = new int[best.Length];
            for (int place = 0; place < items.Length; place++)
            {
                items[place] = best[place].Index;
            }

            _byUser[Encoding.UTF8.GetString(context.User)] = new Recorded(items, features);
        }

        public bool TryTake(ReplayQuery query, int index, [NotNullWhen(true)] out Recorded? seen)
        {
            string user = string.Create(CultureInfo.InvariantCulture, $"{query.UserStart}");
            return _byUser.TryRemove(
                query.Capped ? string.Create(CultureInfo.InvariantCulture, $"{user}#{index}") : user, out seen);
        }
    }
}
