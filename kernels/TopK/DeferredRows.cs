namespace Ebb.Kernels.TopK;

/// <summary>
/// Rows of one query whose bounds are wide and whose middle lies below the threshold: few of them belong to the best K,
/// so none is scored before the threshold is as high as the other rows can raise it. Most have been overtaken by then,
/// and nothing of them was read. Owned by one worker.
/// </summary>
internal sealed class DeferredRows
{
    private const int RowsMin = 1024;

    // Rows asked for ahead of their score: a memory access is as long as a few of them.
    private const int AheadCount = 16;

    private float[] _upper = [];
    private int[] _index = [];
    private int _count;
    private int _compactAt;

    public void Clear()
    {
        _count = 0;
        _compactAt = RowsMin;
    }

    /// <param name="upper">At least the row's score.</param>
    /// <param name="index">The row.</param>
    /// <param name="threshold">What a row must reach by now.</param>
    public void Add(float upper, int index, float threshold)
    {
        if (_count >= _compactAt)
        {
            Compact(threshold);
            _compactAt = Math.Max(RowsMin, 2 * _count);
        }

        if (_count == _index.Length)
        {
            int capacity = Math.Max(RowsMin, 2 * _count);
            Array.Resize(ref _upper, capacity);
            Array.Resize(ref _index, capacity);
        }

        _upper[_count] = upper;
        _index[_count++] = index;
    }

    /// <summary>Hands over the rows that may pass the selection's threshold and <paramref name="sure"/>.</summary>
    public void Rerank(ExactRerank rerank, float sure)
    {
        Compact(MathF.Max(sure, rerank.StrictThreshold));
        for (int at = 0; at < _count; at++)
        {
            rerank.Prefetch(_index[Math.Min(at + AheadCount, _count - 1)]);
            if (!(_upper[at] < rerank.StrictThreshold))
            {
                rerank.Add(_index[at]);
            }
        }

        rerank.Flush();
        _count = 0;
    }

    private void Compact(float threshold)
    {
        int kept = 0;
        for (int at = 0; at < _count; at++)
        {
            float upper = _upper[at];
            _upper[kept] = upper;
            _index[kept] = _index[at];
            kept += upper < threshold ? 0 : 1;
        }

        _count = kept;
    }
}
