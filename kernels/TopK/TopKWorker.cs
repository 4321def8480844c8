using System.Numerics;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// One thread's part of a call: its own selections and its own scratch. A block of rows small enough for the cache is
/// scanned for all queries before the next one is touched; blocks reach a worker in ascending row order, which the tie
/// rule of <see cref="TopKSelection.Threshold"/> relies on.
/// </summary>
internal sealed unsafe class TopKWorker
{
    /// <summary>Upper limit of rows a block; a divisor of every chunk's row count.</summary>
    public const int BlockRowsMax = 256;

    private const int BlockBytesTarget = 64 << 10;

    private readonly float[] _dots = GC.AllocateArray<float>(BlockRowsMax * 2, pinned: true);
    private readonly int[] _candidates = GC.AllocateArray<int>(BlockRowsMax, pinned: true);
    private TopKSelection[] _selections = [];
    private TopKBatch _batch = null!;
    private int _firstRow;
    private int _rowCount;

    /// <summary>Rows a block for a stride in floats: a power of two from 16 to 256.</summary>
    public static int BlockRows(int stride) =>
        1 << BitOperations.Log2((uint)Math.Clamp(BlockBytesTarget / (stride * sizeof(float)), 16, BlockRowsMax));

    public TopKSelection Selection(int query) => _selections[query];

    public void Begin(TopKBatch batch)
    {
        _batch = batch;
        int held = _selections.Length;
        if (held < batch.QueryCount)
        {
            Array.Resize(ref _selections, batch.QueryCount);
            for (int query = held; query < batch.QueryCount; query++)
            {
                _selections[query] = new TopKSelection();
            }
        }

        for (int query = 0; query < batch.QueryCount; query++)
        {
            TopKRequest request = batch.Request(query);
            _selections[query].Reset(Math.Min(request.K, Math.Max(batch.RowCount, 1)), request.ScoreMin);
        }
    }

    public void End() => _batch = null!;

    /// <summary>Scans rows [firstRow, firstRow + rowCount), which lie in one chunk, for every query.</summary>
    public void ScanBlock(int firstRow, int rowCount)
    {
        _firstRow = firstRow;
        _rowCount = rowCount;
        TopKBatch batch = _batch;
        float* rows = batch.Items.RowPointer(firstRow);
        float* norms = batch.Items.NormPointer(firstRow);
        double normMax = CandidateFilter.NormMax(norms, rowCount);

        // SAFETY: the arrays are pinned. Rows up to the next multiple of 4 exist: chunks hold a multiple of 256.
        fixed (float* dots = _dots)
        {
            int evenRowCount = (rowCount + 3) & ~3;
            for (int query = 0; query < batch.QueryCount; query += 2)
            {
                if (query + 1 == batch.QueryCount)
                {
                    DotScan.One(rows, evenRowCount, batch.Stride, batch.Padded(query), dots);
                    Select(query, dots, norms, normMax);
                    break;
                }

                DotScan.Two(rows, evenRowCount, batch.Stride, batch.Padded(query), dots, BlockRowsMax);
                Select(query, dots, norms, normMax);
                Select(query + 1, dots + BlockRowsMax, norms, normMax);
            }
        }
    }

    private void Select(int query, float* dots, float* norms, double normMax)
    {
        TopKSelection selection = _selections[query];
        double queryNorm = _batch.Norm(query);
        if (queryNorm == 0 && selection.IsFull)
        {
            return;
        }

        fixed (int* candidates = _candidates)
        {
            // Written so that an infinite norm bound, or 0 · ∞, takes the exact path.
            bool isBounded = queryNorm * normMax <= ScanBound.NormProductMax;
            int count = isBounded
                ? CandidateFilter.Collect(
                    dots, norms, _rowCount, _batch.Error(query), FilterThreshold(selection), candidates)
                : All(candidates);
            count = DropExcluded(_batch.Request(query).Excluded, candidates, count);
            if (count != 0)
            {
                Rerank(query, candidates, count, isBounded ? dots : null, norms);
            }
        }
    }

    private void Rerank(int query, int* candidates, int count, float* dots, float* norms)
    {
        TopKSelection selection = _selections[query];
        double error = _batch.Error(query);
        float** rows = stackalloc float*[4];
        int* indices = stackalloc int[4];
        int gathered = 0;
        for (int at = 0; at < count; at++)
        {
            int row = candidates[at];

            // The threshold has moved since the filter ran: ask again before paying for an exact score. In double the
            // product is exact and the sum rounds monotonically, so the filter's argument holds unchanged.
            if (dots != null && dots[row] + (error * norms[row]) < FilterThreshold(selection))
            {
                continue;
            }

            rows[gathered] = _batch.Items.RowPointer(_firstRow + row);
            indices[gathered++] = _firstRow + row;
            if (gathered == 4)
            {
                OfferFour(query, rows, indices);
                gathered = 0;
            }
        }

        for (int at = 0; at < gathered; at++)
        {
            double total = ExactScore.Dot(_batch.Exact(query), rows[at], _batch.Dimension);
            selection.Offer(TopKFormula.Round(total), indices[at]);
        }
    }

    private void OfferFour(int query, float** rows, int* indices)
    {
        TopKSelection selection = _selections[query];
        double* totals = stackalloc double[4];
        ExactScore.Dot4(_batch.Exact(query), rows, _batch.Dimension, totals);
        for (int at = 0; at < 4; at++)
        {
            selection.Offer(TopKFormula.Round(totals[at]), indices[at]);
        }
    }

    // One float lower than the subtraction says: its own rounding is covered then.
    private float FilterThreshold(TopKSelection selection) =>
        MathF.BitDecrement(RoundedNorm.Floor(selection.Threshold - _batch.AbsoluteError));

    private int All(int* candidates)
    {
        for (int row = 0; row < _rowCount; row++)
        {
            candidates[row] = row;
        }

        return _rowCount;
    }

    private int DropExcluded(ItemBitmap? excluded, int* candidates, int count)
    {
        if (excluded is null)
        {
            return count;
        }

        int kept = 0;
        for (int at = 0; at < count; at++)
        {
            int row = candidates[at];
            candidates[kept] = row;
            kept += excluded[_firstRow + row] ? 0 : 1;
        }

        return kept;
    }
}
