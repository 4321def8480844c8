using System.Runtime.InteropServices;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Ranking;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// Brings the best brands, categories, content … to a list that asks for them: the exact best K of each kind by the dot
/// product with the same interest that items are scored with. One thread at a time.
/// </summary>
internal sealed class KindStage(int dimension)
{
    private readonly float[] _query = new float[dimension];
    private readonly HashSet<OpaqueId> _left = [];
    private readonly HashSet<OpaqueId> _only = [];
    private double[] _scores = [];

    /// <param name="job">Planned; its list is made.</param>
    /// <param name="shown">What stands in the list: a stranger's interest is that of the popular items.</param>
    /// <param name="lease">Of the list.</param>
    public void Answer(ListJob job, List<ScoredItem> shown, CatalogueLease lease)
    {
        EngineRequest request = job.Request;
        if (request.Kinds.Count == 0)
        {
            return;
        }

        request.KindLists.Clear();

        // The list's own scale is in its scores where it blends; then these are scaled here.
        double factor = job.Blends ? Math.Pow(2, job.Log2Scale) : 1;
        ReadOnlySpan<float> query = job.Query;
        if (job.Path == ListPath.Popular || !query.ContainsAnyExcept(0f))
        {
            Sum(shown, lease);
            query = _query;
            factor = 1;
        }

        foreach (KindQuery kind in request.Kinds)
        {
            request.KindLists.Add(new KindList(kind.Kind, Best(kind, query, factor, request.Filter, lease)));
        }
    }

    private RecommendedNode[] Best(
        KindQuery kind, ReadOnlySpan<float> query, double factor, ItemFilter filter, CatalogueLease lease)
    {
        if (lease.Kinds.Find(kind.Kind) is not { } table || !query.ContainsAnyExcept(0f))
        {
            return [];
        }

        LookAtFilter(kind.Kind, filter, lease.Rules);
        if (_scores.Length < table.Count)
        {
            _scores = new double[table.Count];
        }

        table.Score(query, _scores);
        var best = new PriorityQueue<int, (float Score, int Row)>(
            Comparer<(float Score, int Row)>.Create(static (left, right) =>
                left.Score != right.Score ? left.Score.CompareTo(right.Score) : right.Row.CompareTo(left.Row)));
        for (int row = 0; row < table.Count; row++)
        {
            // The worst of the best is at the front; a later row with an equal score does not take its place.
            float score = (float)_scores[row];
            bool comesIn = best.Count < kind.Count || (best.TryPeek(out _, out var worst) && score > worst.Score);
            if (comesIn && !_left.Contains(table.Id(row)) && (_only.Count == 0 || _only.Contains(table.Id(row))))
            {
                best.Enqueue(row, (score, row));
                if (best.Count > kind.Count)
                {
                    best.Dequeue();
                }
            }
        }

        var nodes = new RecommendedNode[best.Count];
        for (int at = nodes.Length - 1; at >= 0; at--)
        {
            best.TryDequeue(out int row, out (float Score, int Row) entry);
            nodes[at] = new RecommendedNode(table.Id(row), (float)(entry.Score * factor));
        }

        return nodes;
    }

    /// <summary>
    /// What the filter names of this kind, and what is banned for everyone or for the segment, holds for the kind's own
    /// nodes as it does for items.
    /// </summary>
    private void LookAtFilter(string kind, ItemFilter filter, RuleBook rules)
    {
        _left.Clear();
        _only.Clear();
        if (!Enum.TryParse(kind, ignoreCase: true, out AttributeKind attribute) || char.IsDigit(kind[0]))
        {
            return;
        }

        _left.UnionWith(filter.Deny.Where(value => value.Kind == attribute).Select(value => (OpaqueId)value.Value));
        _only.UnionWith(filter.Allow.Where(value => value.Kind == attribute).Select(value => (OpaqueId)value.Value));
        _left.UnionWith(rules.Rules
            .Where(rule => rule.Action == RuleAction.Ban && (byte)rule.Subject == (byte)attribute
                && (rule.Segment.Length == 0 || rule.Segment == filter.Segment))
            .Select(rule => rule.Value));
    }

    private void Sum(List<ScoredItem> shown, CatalogueLease lease)
    {
        _query.AsSpan().Clear();
        foreach (ScoredItem item in CollectionsMarshal.AsSpan(shown))
        {
            ReadOnlySpan<float> vector = lease.Vector(item.Index);
            for (int d = 0; d < _query.Length; d++)
            {
                _query[d] += item.Score * vector[d];
            }
        }
    }
}
