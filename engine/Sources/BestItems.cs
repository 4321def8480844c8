using Ebb.Kernels.TopK;

namespace Ebb.Engine.Sources;

/// <summary>
/// The K best of what is offered, in the total order: score (double) descending, then index ascending. A heap with the
/// worst on top. Reused; one thread at a time.
/// </summary>
internal sealed class BestItems
{
    private (double Score, int Row)[] _heap = [];
    private int _count;
    private int _countMax;

    /// <summary>
    /// What a score must reach to enter; −∞ while there is room. One that is equal still enters by a lower index.
    /// </summary>
    public double Threshold => _count < _countMax || _count == 0 ? double.NegativeInfinity : _heap[0].Score;

    public void Begin(int countMax)
    {
        _count = 0;
        _countMax = countMax;
        if (_heap.Length < countMax)
        {
            _heap = new (double, int)[countMax];
        }
    }

    public void Offer(int row, double score)
    {
        var offered = (Score: score, Row: row);
        if (_count < _countMax)
        {
            int place = _count++;
            for (; place > 0 && IsWorse(offered, _heap[(place - 1) / 2]); place = (place - 1) / 2)
            {
                _heap[place] = _heap[(place - 1) / 2];
            }

            _heap[place] = offered;
        }
        else if (_count > 0 && IsWorse(_heap[0], offered))
        {
            Sink(offered);
        }
    }

    /// <summary>Best first; says how many.</summary>
    public int Take(Span<ScoredItem> target)
    {
        Span<(double Score, int Row)> taken = _heap.AsSpan(0, _count);
        taken.Sort(static (left, right) => IsWorse(left, right) ? 1 : IsWorse(right, left) ? -1 : 0);
        for (int index = 0; index < taken.Length; index++)
        {
            target[index] = new ScoredItem(taken[index].Row, (float)taken[index].Score);
        }

        return taken.Length;
    }

    private void Sink((double Score, int Row) item)
    {
        int place = 0;
        while (true)
        {
            int child = (2 * place) + 1;
            if (child >= _count)
            {
                break;
            }

            child += child + 1 < _count && IsWorse(_heap[child + 1], _heap[child]) ? 1 : 0;
            if (!IsWorse(_heap[child], item))
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = item;
    }

    private static bool IsWorse((double Score, int Row) left, (double Score, int Row) right) =>
        left.Score < right.Score || (left.Score == right.Score && left.Row > right.Row);
}
