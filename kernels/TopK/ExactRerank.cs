using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Offers rows to a selection with their exact scores, eight at a time. Used by one worker for one query after the
/// other; the selection keeps the best whatever order they come in.
/// </summary>
internal sealed unsafe class ExactRerank
{
    private const int LineBytes = 64;

    private readonly int[] _indices = new int[ExactScore.RowsMax];
    private TopKBatch _batch = null!;
    private TopKSelection _selection = null!;
    private int _query;
    private int _count;

    /// <summary>A row whose rounded score is below this cannot enter, whatever its index.</summary>
    public float StrictThreshold => _selection.Threshold;

    public void Begin(TopKBatch batch, int query, TopKSelection selection)
    {
        _batch = batch;
        _query = query;
        _selection = selection;
        _count = 0;
    }

    /// <summary>Asks for a row that will be added soon.</summary>
    public void Prefetch(int index)
    {
        if (Sse.IsSupported)
        {
            byte* row = (byte*)_batch.Items.RowPointer(index);
            for (int at = 0; at < _batch.Stride * sizeof(float); at += LineBytes)
            {
                Sse.Prefetch0(row + at);
            }
        }
    }

    public void Add(int index)
    {
        _indices[_count++] = index;
        if (_count == ExactScore.RowsMax)
        {
            _count = 0;
            float** rows = stackalloc float*[ExactScore.RowsMax];
            double* totals = stackalloc double[ExactScore.RowsMax];
            for (int at = 0; at < ExactScore.RowsMax; at++)
            {
                rows[at] = _batch.Items.RowPointer(_indices[at]);
            }

            ExactScore.Dot8(_batch.Exact(_query), rows, _batch.Dimension, totals);
            for (int at = 0; at < ExactScore.RowsMax; at++)
            {
                _selection.Offer(TopKFormula.Round(totals[at]), _indices[at]);
            }
        }
    }

    /// <summary>Scores what is left of an eight.</summary>
    public void Flush()
    {
        for (int at = 0; at < _count; at++)
        {
            double total = ExactScore.Dot(
                _batch.Exact(_query), _batch.Items.RowPointer(_indices[at]), _batch.Dimension);
            _selection.Offer(TopKFormula.Round(total), _indices[at]);
        }

        _count = 0;
    }

    /// <summary>Lets go of the caller's objects.</summary>
    public void End()
    {
        _batch = null!;
        _selection = null!;
    }
}
