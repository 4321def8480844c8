namespace Ebb.Engine.Portrait;

/// <summary>
/// Grows a classification tree (CART; Breiman, Friedman, Olshen and Stone 1984): at each node the question
/// "feature ≤ threshold" that takes most from the Gini impurity, thresholds half-way between neighbouring values, ties
/// to the first feature and the lowest threshold. Deterministic; one use, one thread.
/// </summary>
public sealed class CartTrainer
{
    private readonly double[][] _columns;
    private readonly bool[] _changed;
    private readonly CartOptions _options;
    private readonly List<ChangeNode> _nodes = [];
    private readonly double[] _keys;
    private readonly int[] _order;

    private CartTrainer(double[][] columns, bool[] changed, CartOptions options)
    {
        _columns = columns;
        _changed = changed;
        _options = options;
        _keys = new double[changed.Length];
        _order = new int[changed.Length];
    }

    /// <param name="columns">A column a feature, a finite value a moment.</param>
    /// <param name="changed">The label of each moment.</param>
    /// <param name="options">Where to stop.</param>
    /// <returns>The root first.</returns>
    public static ChangeNode[] Train(double[][] columns, bool[] changed, CartOptions options)
    {
        var trainer = new CartTrainer(columns, changed, options);
        trainer.Grow([.. Enumerable.Range(0, changed.Length)], 0);
        return [.. trainer._nodes];
    }

    private int Grow(int[] moments, int depth)
    {
        int place = _nodes.Count;
        int positives = moments.Count(moment => _changed[moment]);
        var leaf = new ChangeNode(moments.Length, positives);
        _nodes.Add(leaf);
        if (depth == _options.DepthMax || !TryFindQuestion(moments, positives, out ChangeNode question))
        {
            return place;
        }

        double[] column = _columns[question.Feature];
        double threshold = question.Threshold;
        int low = Grow([.. moments.Where(moment => column[moment] <= threshold)], depth + 1);
        int high = Grow([.. moments.Where(moment => !(column[moment] <= threshold))], depth + 1);
        _nodes[place] = question with { Low = low, High = high };
        return place;
    }

    private bool TryFindQuestion(int[] moments, int positives, out ChangeNode best)
    {
        int count = moments.Length;
        best = new ChangeNode(count, positives);
        double impurity = Impurity(positives, count);
        for (int feature = 0; feature < _columns.Length; feature++)
        {
            TryFeature(feature, moments, impurity, ref best);
        }

        // χ² = n·φ², and φ² is the share of the impurity that the question takes.
        return !best.IsLeaf && count * best.Gain / impurity >= _options.ChiSquareMin;
    }

    private void TryFeature(int feature, int[] moments, double impurity, ref ChangeNode best)
    {
        Span<double> keys = _keys.AsSpan(0, moments.Length);
        Span<int> order = _order.AsSpan(0, moments.Length);
        for (int index = 0; index < moments.Length; index++)
        {
            keys[index] = _columns[feature][moments[index]];
            order[index] = moments[index];
        }

        keys.Sort(order);
        int positives = best.Changed;
        int low = 0;
        for (int index = 0; index + 1 < keys.Length; index++)
        {
            low += _changed[order[index]] ? 1 : 0;
            int lowCount = index + 1;
            int highCount = keys.Length - lowCount;
            if (keys[index] == keys[index + 1] || lowCount < _options.LeafMin || highCount < _options.LeafMin)
            {
                continue;
            }

            double gain = impurity - Impurity(low, lowCount) - Impurity(positives - low, highCount);
            if (gain > best.Gain)
            {
                double middle = keys[index] + ((keys[index + 1] - keys[index]) / 2);
                best = best with
                {
                    Feature = feature,
                    Threshold = middle < keys[index + 1] ? middle : keys[index],
                    Gain = gain,
                };
            }
        }
    }

    /// <summary>n·Gini = 2·p·(n − p)/n.</summary>
    private static double Impurity(int positives, int count) =>
        2.0 * positives * (count - positives) / Math.Max(1, count);
}
