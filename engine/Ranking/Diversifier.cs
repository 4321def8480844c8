using Ebb.Engine.Catalogue;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Maximal marginal relevance (Carbonell and Goldstein, 1998): greedily the item that maximises
/// λ·cos(q, x) − (1 − λ)·max over chosen y of cos(x, y), with at most so many items of a category. Scratch is reused;
/// one thread at a time.
/// </summary>
internal sealed class Diversifier(IKernelBackend backend)
{
    private float[] _similarity = [];
    private double[] _closest = [];
    private double[] _norms = [];
    private readonly Dictionary<uint, int> _taken = [];
    private int[] _rows = [];
    private bool[] _isFull = [];
    private double _best = double.NaN;

    /// <summary>Moves the chosen to the front of the candidates, in the order chosen.</summary>
    /// <param name="query">Empty: the scores are no dot products, and count relative to the best of them.</param>
    /// <param name="lease">Of the items.</param>
    /// <param name="candidates">Best first.</param>
    /// <param name="count">Wanted; fewer are chosen where the cap leaves no more.</param>
    /// <param name="policy">λ and the cap.</param>
    /// <returns>How many were chosen.</returns>
    public int Choose(
        CatalogueLease lease, ReadOnlySpan<float> query, Span<ScoredItem> candidates, int count, ServingPolicy policy)
    {
        ItemMatrix items = lease.Items;
        Prepare(items, candidates);
        double queryNorm = VectorNorm.Of(query);
        _best = query.IsEmpty && candidates.Length > 0 ? candidates[0].Score : double.NaN;
        for (int chosen = 0; chosen < Math.Min(count, candidates.Length); chosen++)
        {
            int best = Best(candidates, chosen, queryNorm, policy.DiversityLambda);
            if (best < 0)
            {
                return chosen;
            }

            Swap(candidates, chosen, best);
            Count(lease, candidates, chosen, policy.CategoryCap);
            backend.Score(
                items, items.Row(_rows[chosen]), _rows.AsSpan(0, candidates.Length),
                _similarity.AsSpan(0, candidates.Length));
            for (int index = chosen + 1; index < candidates.Length; index++)
            {
                double norms = _norms[index] * _norms[chosen];
                double cosine = norms > 0 ? _similarity[index] / norms : 0;
                _closest[index] = Math.Max(_closest[index], cosine);
            }
        }

        return Math.Min(count, candidates.Length);
    }

    // Items without a category are never too many.
    private void Count(CatalogueLease lease, ReadOnlySpan<ScoredItem> candidates, int chosen, int cap)
    {
        uint category = lease.CategoryCode(_rows[chosen]);
        if (cap == 0 || category == 0)
        {
            return;
        }

        int taken = _taken.GetValueOrDefault(category) + 1;
        _taken[category] = taken;
        for (int index = chosen + 1; taken == cap && index < candidates.Length; index++)
        {
            _isFull[index] |= lease.CategoryCode(_rows[index]) == category;
        }
    }

    private void Prepare(ItemMatrix items, ReadOnlySpan<ScoredItem> candidates)
    {
        if (_rows.Length < candidates.Length)
        {
            _rows = new int[candidates.Length];
            _similarity = new float[candidates.Length];
            _closest = new double[candidates.Length];
            _norms = new double[candidates.Length];
            _isFull = new bool[candidates.Length];
        }

        _taken.Clear();
        for (int index = 0; index < candidates.Length; index++)
        {
            _isFull[index] = false;
            _rows[index] = candidates[index].Index;
            _norms[index] = VectorNorm.Of(items.Row(_rows[index]));
            _closest[index] = double.NegativeInfinity;
        }
    }

    private int Best(ReadOnlySpan<ScoredItem> candidates, int from, double queryNorm, double lambda)
    {
        int best = -1;
        double bestValue = double.NegativeInfinity;
        for (int index = from; index < candidates.Length; index++)
        {
            double norms = _norms[index] * queryNorm;
            double unit = double.IsNaN(_best) ? norms : _best;
            double relevance = unit > 0 ? candidates[index].Score / unit : 0;
            double closest = double.IsNegativeInfinity(_closest[index]) ? 0 : _closest[index];
            double value = (lambda * relevance) - ((1 - lambda) * closest);
            if (!_isFull[index] && (value > bestValue || best < 0))
            {
                (best, bestValue) = (index, value);
            }
        }

        return best;
    }

    private void Swap(Span<ScoredItem> candidates, int first, int second)
    {
        (candidates[first], candidates[second]) = (candidates[second], candidates[first]);
        (_rows[first], _rows[second]) = (_rows[second], _rows[first]);
        (_isFull[first], _isFull[second]) = (_isFull[second], _isFull[first]);
        (_norms[first], _norms[second]) = (_norms[second], _norms[first]);
        (_closest[first], _closest[second]) = (_closest[second], _closest[first]);
    }
}
