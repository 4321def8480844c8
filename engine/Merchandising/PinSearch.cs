using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Merchandising;

/// <summary>
/// The best item with an attribute that a request may show, of the whole catalogue: for a pin whose attribute no
/// candidate of the list has. Scratch is reused; one thread at a time.
/// </summary>
internal sealed class PinSearch(IKernelBackend backend)
{
    /// <summary>Of a blend: as many of the nearest by its dense sources are scored whole.</summary>
    private const int BlendCandidateCount = 64;

    private const int FilterCountMax = 64;

    private readonly Dictionary<ShopRule, ItemFilter> _filters = [];
    private readonly ItemBitmap _excluded = new();
    private readonly TopKRequest _scan = new();
    private readonly TopKRequest[] _scans = new TopKRequest[1];

    public ScoredItem? Find(ShopRule rule, ListJob job, CatalogueLease lease)
    {
        Exclude(rule, job, lease);
        if (job.Path == ListPath.Popular || (job.Blends && job.Blend is null))
        {
            return First(job, lease);
        }

        _scan.Query = job.Blends ? job.Blend!.DenseQuery : job.Query;
        _scan.K = (job.Blends ? BlendCandidateCount : 1) + job.RecentCount;
        _scan.Excluded = _excluded;
        if (_scan.Results.Length < _scan.K)
        {
            _scan.Results = new ScoredItem[_scan.K];
        }

        _scans[0] = _scan;
        backend.TopK(lease.Items, _scans);
        return Best(job);
    }

    /// <summary>Rows that the request may not show, and rows without the attribute.</summary>
    private void Exclude(ShopRule rule, ListJob job, CatalogueLease lease)
    {
        if (!_filters.TryGetValue(rule, out ItemFilter? filter))
        {
            if (_filters.Count >= FilterCountMax)
            {
                _filters.Clear();
            }

            filter = new ItemFilter
            {
                Allow = [new AttributeValue((AttributeKind)(byte)rule.Subject, rule.Value.ToString())],
                IncludeOutOfStock = true,
            };
            _filters.Add(rule, filter);
        }

        ReadOnlySpan<ulong> request = lease.Excluded(job.Request.Filter).Words;
        ReadOnlySpan<ulong> without = lease.Excluded(filter).Words;
        int wordCount = Math.Max(request.Length, without.Length);
        _excluded.EnsureRows(wordCount * 64);
        Span<ulong> words = _excluded.MutableWords;

        // Bits past the end are set in every bitmap of the catalogue; a shorter one is of fewer rows.
        words.Fill(ulong.MaxValue);
        for (int word = 0; word < Math.Min(request.Length, without.Length); word++)
        {
            words[word] = request[word] | without[word];
        }
    }

    private ScoredItem? Best(ListJob job)
    {
        ScoredItem? best = null;
        foreach (ScoredItem item in _scan.Results.AsSpan(0, _scan.Count))
        {
            if (job.Hides(item.Index))
            {
                continue;
            }

            var scored = job.Blends
                ? new ScoredItem(item.Index, (float)job.Blend!.ScoreOf(item.Index, item.Score))
                : item;
            best = best is null || RankOrder.Compare(scored, best.Value) < 0 ? scored : best;
        }

        return best;
    }

    /// <summary>A stranger's: the oldest of them.</summary>
    private ScoredItem? First(ListJob job, CatalogueLease lease)
    {
        for (int row = 0; row < lease.Items.Count; row++)
        {
            if (!_excluded[row] && !job.Hides(row))
            {
                return new ScoredItem(row, 0);
            }
        }

        return null;
    }
}
