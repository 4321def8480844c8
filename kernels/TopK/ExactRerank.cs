namespace Ebb.Kernels.TopK;

/// <summary>
/// Offers rows to a selection with their exact scores, eight at a time. Used by one worker for one query after the
/// other; the selection keeps the best whatever order they come in.
/// </summary>
internal sealed unsafe class ExactRerank
{
    private readonly int[] _indices = new int[ExactScore.RowsMax];
    private TopKBatch _batch = null!;
    private TopKSelection _selection = null!;
    private RowBias? _bias;
    private int _query;
    private int _count;

    /// <summary>A row whose rounded score is below this cannot enter, whatever its index.</summary>
    public float StrictThreshold => _selection.Threshold;

    public void Begin(TopKBatch batch, int query, TopKSelection selection)
    {
        _batch = batch;
        _query = query;
        _selection = selection;
        _bias = batch.Request(query).Bias;
        _count = 0;
    }

    /// <summary>Asks for a row that will be added soon.</summary>
    public void Prefetch(int index) => _batch.Prefetch(index);

    public void Add(int index)
    {
        _indices[_count++] = index;
        if (_count == ExactScore.RowsMax)
        {
            Flush();
        }
    }

    /// <summary>A row whose score, rounded to fp32 and with its bias, is known.</summary>
    public void AddScored(float score, int index) => _selection.Offer(score, index);

    /// <summary>Scores what has gathered.</summary>
    public void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        // A call for eight is quicker than two for one: empty places repeat a row.
        float** rows = stackalloc float*[ExactScore.RowsMax];
        double* totals = stackalloc double[ExactScore.RowsMax];
        for (int at = 0; at < ExactScore.RowsMax; at++)
        {
            rows[at] = _batch.Items.RowPointer(_indices[Math.Min(at, _count - 1)]);
        }

        ExactScore.Dot8(_batch.Exact(_query), rows, _batch.Dimension, totals);
        for (int at = 0; at < _count; at++)
        {
            Offer(totals[at], _indices[at]);
        }

        _count = 0;
    }

    private void Offer(double total, int index)
    {
        double biased = _bias is null ? total : total + _bias[index];
        _selection.Offer(TopKFormula.Round(biased), index);
    }

    /// <summary>Lets go of the caller's objects.</summary>
    public void End()
    {
        _batch = null!;
        _selection = null!;
        _bias = null;
    }
}
