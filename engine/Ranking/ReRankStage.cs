using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Has the first K′ of a list ordered by the re-ranker, where there is one and the policy asks for it. Scratch
/// is reused; one thread at a time.
/// </summary>
internal sealed class ReRankStage(Func<IReRanker?> reRanker)
{
    private float[] _order = [];
    private int[] _places = [];
    private ScoredItem[] _moved = [];

    /// <summary>True: the order may be another than that of the scores.</summary>
    public bool Apply(ListJob job, ItemMatrix items, Span<ScoredItem> candidates)
    {
        int count = Math.Min(job.Policy.Policy.ReRankCount, candidates.Length);
        if (count < 2 || reRanker() is not { } model)
        {
            return false;
        }

        EnsureScratch(count);
        Span<ScoredItem> best = candidates[..count];
        Span<float> order = _order.AsSpan(0, count);
        order.Fill(float.NaN);
        var context = new ReRankContext
        {
            User = job.Request.UserBytes,
            Query = job.Query,
            Encoding = job.Encoding is { IsThere: true } encoding ? encoding.Vector : default,
            Recent = job.Recent.AsSpan(0, job.RecentCount),
            NowMs = job.LastEventMs + (long)job.ElapsedMs,
            Items = items,
        };
        model.ReRank(context, best, order);
        Sort(best, order);
        return true;
    }

    private void Sort(Span<ScoredItem> best, Span<float> order)
    {
        Span<int> places = _places.AsSpan(0, best.Length);
        for (int place = 0; place < places.Length; place++)
        {
            places[place] = place;
            order[place] = float.IsNaN(order[place]) ? float.NegativeInfinity : order[place];
        }

        // By insertion: K′ is some dozens, most of it in order, and the sort must be stable and allocate nothing.
        for (int at = 1; at < places.Length; at++)
        {
            int moved = places[at];
            int to = at;
            for (; to > 0 && order[places[to - 1]] < order[moved]; to--)
            {
                places[to] = places[to - 1];
            }

            places[to] = moved;
        }

        best.CopyTo(_moved);
        for (int place = 0; place < best.Length; place++)
        {
            best[place] = _moved[places[place]];
        }
    }

    private void EnsureScratch(int count)
    {
        if (_order.Length < count)
        {
            _order = new float[count];
            _places = new int[count];
            _moved = new ScoredItem[count];
        }
    }
}
