namespace Ebb.Kernels.TopK;

/// <summary>
/// The rows of one query that the code scan could not exclude, with a float below and one above their scores. The K-th
/// best of the lower ones is the threshold: a row whose upper float lies strictly below it scores, rounded to fp32,
/// less than K others, so it is out whatever its index, and rows may come in any order. Owned by one worker.
/// </summary>
internal sealed class CodedCandidates
{
    private const int CompactCountMin = 256;

    // Rows asked for ahead of their rerank: a memory access is as long as a few of them.
    private const int AheadCount = 8;

    private readonly TopKSelection _lowest = new();
    private CodedRow[] _rows = new CodedRow[CompactCountMin];
    private int _count;
    private int _compactAt;
    private int _k;

    /// <summary>Drop a row only if its upper float is below this.</summary>
    public float Threshold => _lowest.Threshold;

    /// <summary>Rows that came and those that only a filter held back: what the codes failed to exclude.</summary>
    public long SurvivedCount { get; set; }

    public void Reset(int k, float scoreMin)
    {
        _lowest.Reset(k, scoreMin);
        _k = k;
        _count = 0;
        _compactAt = CompactCountMin;
        SurvivedCount = 0;
    }

    public void Add(in CodedRow row)
    {
        if (_count == _compactAt)
        {
            Compact();
        }

        _rows[_count++] = row;
        _lowest.Offer(row.Lower, row.Index);
    }

    /// <summary>
    /// Hands the rows to the exact selection: first those that hold the threshold, so that the selection's own is all
    /// but final when the others are asked whether they may still pass it.
    /// </summary>
    public void Rerank(ExactRerank rerank)
    {
        float sure = Threshold;
        Compact();
        for (int at = 0; at < _count; at++)
        {
            rerank.Prefetch(_rows[Math.Min(at + AheadCount, _count - 1)].Index);
            if (_rows[at].Lower >= sure)
            {
                rerank.Add(_rows[at].Index);
            }
        }

        rerank.Flush();
        float exact = MathF.Max(sure, rerank.StrictThreshold);
        for (int at = 0; at < _count; at++)
        {
            if (_rows[at].Lower < sure && _rows[at].Upper >= exact)
            {
                rerank.Add(_rows[at].Index);
            }
        }

        rerank.Flush();
        _count = 0;
    }

    private void Compact()
    {
        float threshold = Threshold;
        int kept = 0;
        for (int at = 0; at < _count; at++)
        {
            _rows[kept] = _rows[at];
            kept += _rows[at].Upper < threshold ? 0 : 1;
        }

        _count = kept;
        _compactAt = Math.Max(CompactCountMin, 2 * Math.Max(kept, _k));
        if (_rows.Length < _compactAt)
        {
            Array.Resize(ref _rows, _compactAt);
        }
    }
}
