using Ebb.Engine.Catalogue;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Gives the last places of a list to new items, those that the user's interest fits best (a stranger: the newest), so
/// that an item without history is seen by somebody. Scratch is reused; one thread at a time.
/// </summary>
internal sealed class ExploreStage(IKernelBackend backend, NewItems newItems)
{
    private readonly int[] _rows = new int[NewItems.CountMax];
    private readonly float[] _dots = new float[NewItems.CountMax];
    private readonly List<ScoredItem> _found = [];

    /// <summary>True when the list is another than the ranking's own.</summary>
    public bool Apply(ListJob job, CatalogueLease lease, List<ScoredItem> shown)
    {
        int slots = Math.Min(job.Policy.Policy.ExploreSlots, job.Request.Count);
        if (slots == 0)
        {
            return false;
        }

        // What stands among the places that stay has its place.
        int kept = Math.Min(shown.Count, job.Request.Count - slots);
        int count = Collect(job, lease, shown, kept);
        if (count == 0)
        {
            return false;
        }

        Score(job, lease, count);
        slots = Math.Min(slots, _found.Count);
        kept = Math.Min(shown.Count, job.Request.Count - slots);
        for (int index = shown.Count - 1; index >= 0; index--)
        {
            if (index >= kept || IsFound(shown[index].Index, slots))
            {
                shown.RemoveAt(index);
            }
        }

        shown.AddRange(_found[..slots]);
        return true;
    }

    private int Collect(ListJob job, CatalogueLease lease, List<ScoredItem> shown, int kept)
    {
        ItemBitmap excluded = lease.Excluded(job.Request.Filter);
        long since = newItems.NowMs - (long)job.Policy.Policy.ExploreAge.TotalMilliseconds;
        int count = 0;
        foreach ((int row, long atMs) in newItems.Newest)
        {
            if (atMs >= since && row < lease.Items.Count && !excluded[row] && !job.Hides(row)
                && !shown.Take(kept).Any(item => item.Index == row))
            {
                _rows[count++] = row;
            }
        }

        return count;
    }

    private void Score(ListJob job, CatalogueLease lease, int count)
    {
        _found.Clear();
        if (job.Path == ListPath.Popular)
        {
            for (int index = 0; index < count; index++)
            {
                _found.Add(new ScoredItem(_rows[index], 0));
            }

            return;
        }

        float[] query = job.Blends ? job.Blend!.DenseQuery : job.Query;
        backend.Score(lease.Items, query, _rows.AsSpan(0, count), _dots.AsSpan(0, count));
        for (int index = 0; index < count; index++)
        {
            float score = job.Blends ? (float)job.Blend!.ScoreOf(_rows[index], _dots[index]) : _dots[index];
            _found.Add(new ScoredItem(_rows[index], score));
        }

        _found.Sort(RankOrder.Compare);
    }

    private bool IsFound(int row, int count)
    {
        for (int index = 0; index < count; index++)
        {
            if (_found[index].Index == row)
            {
                return true;
            }
        }

        return false;
    }
}
