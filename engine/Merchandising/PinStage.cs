using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Merchandising;

/// <summary>
/// Puts pinned items at their places of a finished list. What the request's filter, stock, windows or a ban leave out
/// is not pinned, nor what the user has seen where that is left out. Scratch is reused; one thread at a time.
/// </summary>
internal sealed class PinStage(IKernelBackend backend)
{
    private readonly List<(int Place, ScoredItem Item)> _pins = [];
    private readonly PinSearch _search = new(backend);
    private readonly int[] _row = new int[1];
    private readonly float[] _score = new float[1];

    /// <summary>True when the list is another than the ranking's own.</summary>
    public bool Apply(ListJob job, CatalogueLease lease, List<ScoredItem> shown)
    {
        ShopRule[] pins = lease.Rules.Pins;
        if (pins.Length == 0)
        {
            return false;
        }

        _pins.Clear();
        foreach (ShopRule rule in pins)
        {
            if (rule.AppliesTo(job.Request.Filter.Segment)
                && Find(rule, job, lease, shown) is { } item
                && !_pins.Exists(pin => pin.Item.Index == item.Index))
            {
                _pins.Add(((int)rule.Amount, item));
            }
        }

        foreach ((_, ScoredItem item) in _pins)
        {
            shown.RemoveAll(other => other.Index == item.Index);
        }

        // The lowest place first: one that is put in later moves none of those before it.
        foreach ((int place, ScoredItem item) in _pins.OrderBy(pin => pin.Place))
        {
            shown.Insert(Math.Min(place - 1, shown.Count), item);
        }

        if (shown.Count > job.Request.Count)
        {
            shown.RemoveRange(job.Request.Count, shown.Count - job.Request.Count);
        }

        return _pins.Count > 0;
    }

    private ScoredItem? Find(ShopRule rule, ListJob job, CatalogueLease lease, List<ScoredItem> shown)
    {
        if (rule.Subject != RuleSubject.Item)
        {
            return BestOf(rule, job, lease, shown);
        }

        if (!lease.TryFind(rule.Value.Span, out int row) || !MayShow(row, job, lease))
        {
            return null;
        }

        int at = shown.FindIndex(item => item.Index == row);
        return at >= 0 ? shown[at] : new ScoredItem(row, ScoreOf(row, job, lease));
    }

    private ScoredItem? BestOf(ShopRule rule, ListJob job, CatalogueLease lease, List<ScoredItem> shown)
    {
        foreach (ScoredItem item in shown)
        {
            if (RuleHit.Names(rule, item.Index, lease))
            {
                return item;
            }
        }

        int count = job.Path == ListPath.Scan ? job.Scan.Count : 0;
        for (int index = 0; index < count; index++)
        {
            ScoredItem item = job.Scan.Results[index];
            if (RuleHit.Names(rule, item.Index, lease) && MayShow(item.Index, job, lease))
            {
                return item;
            }
        }

        return _search.Find(rule, job, lease);
    }

    private static bool MayShow(int row, ListJob job, CatalogueLease lease)
    {
        ItemBitmap excluded = lease.Excluded(job.Request.Filter);
        return !excluded[row] && !job.Hides(row);
    }

    private float ScoreOf(int row, ListJob job, CatalogueLease lease)
    {
        if (job.Path == ListPath.Popular)
        {
            return 0;
        }

        _row[0] = row;
        backend.Score(lease.Items, job.Blends ? job.Blend!.DenseQuery : job.Query, _row, _score);
        return job.Blends ? (float)job.Blend!.ScoreOf(row, _score[0]) : _score[0];
    }
}
