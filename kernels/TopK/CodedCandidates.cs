using System.Runtime.InteropServices;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The rows of one query that the code scan could not exclude, with a float below and one above their scores, in three
/// arrays. K of the lower ones reach <see cref="Threshold"/>: a row whose upper float lies strictly below it scores,
/// rounded to fp32, less than K others, so it is out whatever its index, and rows may come in any order. The threshold
/// is found now and then by counting, not kept by a heap: a pass over the lower floats takes an eighth of a step a row.
/// Owned by one worker.
/// </summary>
internal sealed unsafe class CodedCandidates
{
    // Room to begin with.
    private const int RowsMin = 512;

    // Fewer rows are not worth a look for those that fell behind.
    private const int CompactMin = 128;

    // Rows asked for ahead of their rerank: a memory access is as long as a few of them.
    private const int AheadCount = 16;

    // Rows that come before a threshold is looked for again: K/2, at least so many.
    private const int TightenMin = 16;

    // Rows scored exactly on the way, at most: more than random data leave, few enough to cost little where codes tell
    // nothing apart (equal rows, ascending scores) and the query is about to leave them.
    private const int RefinedFree = 64;
    private const double RefinedPerResult = 8;

    // A row with rough bounds is scored with the next rows if what lies this far below its upper float, as a share of
    // the distance to the lower one, still reaches the threshold: a little above the middle, the likeliest score.
    private const float SoonShare = 0.4f;

    private readonly DeferredRows _deferred = new();
    private float[] _lower = [];
    private float[] _upper = [];
    private int[] _index = [];
    private int _count;
    private int _tightenAt;
    private int _compactAt;
    private int _k;
    private int _refinedCount;
    private long _refinedMax;

    /// <summary>Drop a row only if its upper float is below this.</summary>
    public float Threshold { get; private set; }

    /// <summary>
    /// Rows that the codes failed to exclude and no filter held back: under a filter the threshold climbs on the rows
    /// that it lets through, and the others that pass meanwhile cost little.
    /// </summary>
    public long SurvivedCount { get; private set; }

    /// <summary>Rows that nibbles failed to exclude and no filter held back.</summary>
    public long RoughCount { get; private set; }

    /// <summary>How many of the best are asked for.</summary>
    public int K => _k;

    /// <param name="k">How many of the best are asked for.</param>
    /// <param name="scoreMin">The least score of interest.</param>
    /// <param name="rowCount">Rows that will be scanned.</param>
    public void Reset(int k, float scoreMin, int rowCount)
    {
        _k = k;
        _refinedMax = RefinedFree + (long)(RefinedPerResult * k * (1 + Math.Log(Math.Max(1, (double)rowCount / k))));
        _count = 0;
        _tightenAt = k;
        _compactAt = Math.Max(CompactMin, 4 * k);
        SurvivedCount = 0;
        RoughCount = 0;
        _refinedCount = 0;
        _deferred.Clear();

        // Not the minimum itself: a score just below it may still round up to it.
        Threshold = MathF.BitDecrement(scoreMin + 0.0f);
    }

    /// <summary>Takes a threshold that others proved for the same query, if it is higher.</summary>
    public void Raise(float threshold) => Threshold = MathF.Max(Threshold, threshold);

    /// <summary>
    /// Appends the rows of a scanned stretch that its limits left over. They are asked for, and scored exactly when the
    /// next ones come: a threshold of exact scores leaves half as many rows over as one of lower floats.
    /// </summary>
    public void Collect(in CodeHits hits, TopKBatch batch, int query)
    {
        bool refines = SurvivedCount <= _refinedMax;
        if (refines)
        {
            Refine(batch, query);
        }

        int before = Reserve(hits.RowCountMax);
        _count += hits.Collect(Pointer(_lower) + before, Pointer(_upper) + before, Pointer(_index) + before);
        int appended = Keep(before, hits, batch.RowCount, batch.Request(query));
        SurvivedCount += appended;
        if (refines)
        {
            Ask(batch, appended);
        }

        if (_count >= _tightenAt)
        {
            Tighten();
        }
    }

    /// <summary>
    /// The same after a scan of nibbles, whose bounds are wide: rows that are likely to raise the threshold are asked
    /// for, and scored exactly at the next <see cref="Refine"/>; the others wait for the end.
    /// </summary>
    /// <param name="hits">What the scan left over.</param>
    /// <param name="rowErrors">The errors of the scanned tiles' rows.</param>
    /// <param name="needed">What a dot product must reach.</param>
    /// <param name="batch">The call.</param>
    /// <param name="query">Its place in the batch.</param>
    public void CollectRough(in CodeHits hits, byte* rowErrors, float needed, TopKBatch batch, int query)
    {
        int before = Reserve(hits.RowCountMax);
        _count += hits.CollectRough(
            Pointer(_lower) + before, Pointer(_upper) + before, Pointer(_index) + before, rowErrors, needed);
        int appended = Keep(before, hits, batch.RowCount, batch.Request(query));
        RoughCount += appended;
        Ask(batch, Defer(before));
        if (_count >= _tightenAt)
        {
            Tighten();
        }
    }

    /// <summary>
    /// Gives rows that came with rough bounds their exact scores for both, eight at a time; fewer wait for more. A
    /// row's score rounded to fp32 is what the threshold's argument is about, so it may stand for its own lower and
    /// upper float.
    /// </summary>
    public void Refine(TopKBatch batch, int query)
    {
        float** rows = stackalloc float*[ExactScore.RowsMax];
        double* totals = stackalloc double[ExactScore.RowsMax];
        RowBias? bias = batch.Request(query).Bias;
        for (; _count - _refinedCount >= ExactScore.RowsMax; _refinedCount += ExactScore.RowsMax)
        {
            for (int at = 0; at < ExactScore.RowsMax; at++)
            {
                rows[at] = batch.Items.RowPointer(_index[_refinedCount + at]);
            }

            ExactScore.Dot8(batch.Exact(query), rows, batch.Dimension, totals);
            for (int at = _refinedCount; at < _refinedCount + ExactScore.RowsMax; at++)
            {
                double total = totals[at - _refinedCount];
                float score = TopKFormula.Round(bias is null ? total : total + bias[_index[at]]);
                _lower[at] = score;
                _upper[at] = score;
            }
        }
    }

    /// <summary>Asks for the rows that came last.</summary>
    private void Ask(TopKBatch batch, int count)
    {
        foreach (int index in _index.AsSpan(_count - count, count))
        {
            batch.Prefetch(index);
        }
    }

    /// <summary>Puts off the rows from there on that are likely to fall short; returns how many stay.</summary>
    private int Defer(int from)
    {
        float threshold = Threshold;
        int kept = from;
        for (int at = from; at < _count; at++)
        {
            float lower = _lower[at];
            float upper = _upper[at];
            int index = _index[at];
            if (upper - (SoonShare * (upper - lower)) < threshold)
            {
                _deferred.Add(upper, index, threshold);
                continue;
            }

            _lower[kept] = lower;
            _upper[kept] = upper;
            _index[kept++] = index;
        }

        _count = kept;
        return kept - from;
    }

    /// <summary>Makes room; returns where it begins.</summary>
    private int Reserve(int roomNeeded)
    {
        if (_lower.Length - _count < roomNeeded)
        {
            Grow(_count + roomNeeded);
        }

        return _count;
    }

    /// <summary>Drops rows past the end from there on and adds biases; returns how many came to stay.</summary>
    private int Keep(int before, in CodeHits hits, int rowCount, TopKRequest request)
    {
        if (hits.RowEnd > rowCount)
        {
            DropPastEnd(before, rowCount);
        }

        if (request.Bias is not null)
        {
            AddBias(before, request.Bias);
        }

        return _count - before;
    }

    /// <summary>The threshold when every row has come; −∞ if fewer than K hold one.</summary>
    public float FinalThreshold()
    {
        Tighten();
        return _count >= _k && KthFloat.CountFrom(_lower.AsSpan(0, _count), Threshold) >= _k
            ? Threshold
            : float.NegativeInfinity;
    }

    /// <summary>
    /// Hands the rows to the exact selection: first those that hold the threshold, so that the selection's own is all
    /// but final when the others are asked whether they may still pass it.
    /// </summary>
    public void Rerank(ExactRerank rerank)
    {
        Tighten();
        Compact();
        float sure = Threshold;
        for (int at = 0; at < _refinedCount; at++)
        {
            rerank.AddScored(_lower[at], _index[at]);
        }

        for (int at = _refinedCount; at < _count; at++)
        {
            rerank.Prefetch(_index[Math.Min(at + AheadCount, _count - 1)]);
            if (_lower[at] >= sure)
            {
                rerank.Add(_index[at]);
            }
        }

        rerank.Flush();
        float exact = MathF.Max(sure, rerank.StrictThreshold);
        for (int at = _refinedCount; at < _count; at++)
        {
            if (_lower[at] < sure && _upper[at] >= exact)
            {
                rerank.Add(_index[at]);
            }
        }

        rerank.Flush();
        _deferred.Rerank(rerank, sure);
        _count = 0;
        _refinedCount = 0;
    }

    /// <summary>Raises the threshold to about the K-th best lower float, and drops rows when there are many.</summary>
    private void Tighten()
    {
        if (_count >= _k)
        {
            Threshold = KthFloat.Find(_lower.AsSpan(0, _count), _k, Threshold);
        }

        if (_count >= _compactAt)
        {
            Compact();
            _compactAt = Math.Max(CompactMin, Math.Max(2 * _count, 4 * _k));
        }

        _tightenAt = Math.Max(_count + Math.Max(TightenMin, _k / 2), _k);
    }

    private void Compact()
    {
        float threshold = Threshold;
        int kept = 0;
        int keptRefined = 0;
        for (int at = 0; at < _count; at++)
        {
            keptRefined = at == _refinedCount ? kept : keptRefined;
            float upper = _upper[at];
            _lower[kept] = _lower[at];
            _upper[kept] = upper;
            _index[kept] = _index[at];
            kept += upper < threshold ? 0 : 1;
        }

        _refinedCount = _refinedCount == _count ? kept : keptRefined;
        _count = kept;
    }

    private void DropPastEnd(int from, int rowCount)
    {
        int kept = from;
        for (int at = from; at < _count; at++)
        {
            int index = _index[at];
            _lower[kept] = _lower[at];
            _upper[kept] = _upper[at];
            _index[kept] = index;
            kept += index < rowCount ? 1 : 0;
        }

        _count = kept;
    }

    // One float further out than the addition says covers its rounding.
    private void AddBias(int from, RowBias bias)
    {
        for (int at = from; at < _count; at++)
        {
            float own = bias[_index[at]];
            _lower[at] = MathF.BitDecrement(_lower[at] + own);
            _upper[at] = MathF.BitIncrement(_upper[at] + own);
        }
    }

    private void Grow(int capacity)
    {
        capacity = Math.Max(Math.Max(RowsMin, capacity), 2 * _lower.Length);
        _lower = Grown(_lower, capacity);
        _upper = Grown(_upper, capacity);
        _index = Grown(_index, capacity);
    }

    private T[] Grown<T>(T[] held, int capacity)
    {
        T[] grown = GC.AllocateUninitializedArray<T>(capacity, pinned: true);
        held.AsSpan(0, _count).CopyTo(grown);
        return grown;
    }

    // SAFETY: the arrays are pinned and live as long as this object holds them.
    private static T* Pointer<T>(T[] pinned)
        where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
