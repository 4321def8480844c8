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
    private readonly CodeWorker _codes = new();
    private readonly ExactRerank _rerank = new();
    private TopKSelection[] _selections = [];
    private int[] _plain = [];
    private int _plainCount;
    private int[] _listed = [];
    private int _listedCount;
    private bool _isFirstSpan;
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
            _plain = new int[batch.QueryCount];
            _listed = new int[batch.QueryCount];
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

        _isFirstSpan = true;
        _codes.Begin(batch);
        _plainCount = 0;
        _listedCount = 0;
        for (int query = 0; query < batch.QueryCount; query++)
        {
            if (batch.Path(query) == QueryPath.Floats)
            {
                _plain[_plainCount++] = query;
            }
            else if (batch.Path(query) == QueryPath.Listed)
            {
                _listed[_listedCount++] = query;
            }
        }
    }

    /// <summary>
    /// Scans blocks spread over all rows and sets a floor for each query that gains by one. A query whose codes exclude
    /// too little is left to the fp32 scan. Before the workers begin.
    /// </summary>
    public void Sample(TopKBatch batch, int blockRows)
    {
        _codes.BeginSample(batch);
        long blockCount = (batch.RowCount + (long)blockRows - 1) / blockRows;
        long sampled = ThresholdSample.Rows(batch.RowCount) / blockRows;
        for (long block = 0; block < sampled && _codes.Queries.Length != 0; block++)
        {
            int firstRow = (int)(((2 * block) + 1) * blockCount / (2 * sampled) * blockRows);
            _codes.Scan(firstRow, Math.Min(blockRows, batch.RowCount - firstRow));
            for (int at = _codes.Queries.Length - 1; at >= 0; at--)
            {
                int query = _codes.Queries[at];
                if (_codes.IsCostly(query))
                {
                    _codes.Leave(query);
                    batch.LeaveCodes(query);
                }
            }
        }

        foreach (int query in _codes.Queries)
        {
            batch.SetFloor(query, _codes.Candidates(query).FinalThreshold());
        }

        _codes.End();
    }

    /// <summary>Brings what the code scan left over into the selections and lets go of the batch.</summary>
    public void End()
    {
        foreach (int query in _codes.Queries)
        {
            RerankCoded(query);
        }

        _codes.End();
        _rerank.End();
        _batch = null!;
    }

    /// <summary>Scans rows [firstRow, firstRow + rowCount), whole blocks of one chunk, for every query.</summary>
    public void ScanSpan(int firstRow, int rowCount, int blockRows)
    {
        if (_isFirstSpan)
        {
            // Codes that exclude nothing show it within a block or two. The fp32 scan has not seen this span yet, so
            // the candidates are forgotten, not reranked.
            for (int block = 0; block < rowCount && _codes.Queries.Length != 0; block += blockRows)
            {
                _codes.Scan(firstRow + block, Math.Min(blockRows, rowCount - block));
                MoveCostly(isReranked: false);
            }
        }
        else if (_codes.Queries.Length != 0)
        {
            _codes.Scan(firstRow, rowCount);
            if (_batch.IsShared)
            {
                _codes.ShareThresholds();
            }
        }

        for (int block = 0; block < rowCount && _plainCount != 0; block += blockRows)
        {
            ScanBlock(firstRow + block, Math.Min(blockRows, rowCount - block));
        }

        for (int block = 0; block < rowCount && _listedCount != 0; block += BlockRowsMax)
        {
            ScoreListed(firstRow + block, Math.Min(BlockRowsMax, rowCount - block));
        }

        if (!_isFirstSpan)
        {
            MoveCostly(isReranked: true);
        }

        _isFirstSpan = false;
    }

    /// <summary>Queries for which too much survives go over to the fp32 scan.</summary>
    private void MoveCostly(bool isReranked)
    {
        for (int at = _codes.MayBeCostly ? _codes.Queries.Length - 1 : -1; at >= 0; at--)
        {
            int query = _codes.Queries[at];
            if (_codes.IsCostly(query))
            {
                _codes.Leave(query);
                _plain[_plainCount++] = query;
                _plain.AsSpan(0, _plainCount).Sort();
                if (isReranked)
                {
                    RerankCoded(query);
                }
            }
        }
    }

    /// <summary>The fp32 scan of a block for the queries that the code scan does not have.</summary>
    private void ScanBlock(int firstRow, int rowCount)
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
            for (int at = 0; at < _plainCount; at++)
            {
                int query = _plain[at];
                if (at + 1 == _plainCount || _plain[at + 1] != query + 1)
                {
                    DotScan.One(rows, evenRowCount, batch.Stride, batch.Padded(query), dots);
                    Select(query, dots, norms, normMax);
                    continue;
                }

                DotScan.Two(rows, evenRowCount, batch.Stride, batch.Padded(query), dots, BlockRowsMax);
                Select(query, dots, norms, normMax);
                Select(query + 1, dots + BlockRowsMax, norms, normMax);
                at++;
            }
        }
    }

    /// <summary>Exact scores of the rows that a strict filter lets through.</summary>
    private void ScoreListed(int firstRow, int rowCount)
    {
        for (int at = 0; at < _listedCount; at++)
        {
            int query = _listed[at];
            ItemBitmap excluded = _batch.Request(query).Excluded!;
            _rerank.Begin(_batch, query, _selections[query]);
            int count = 0;
            for (int row = firstRow; row < firstRow + rowCount; row += 64)
            {
                // Spans start with a multiple of 64 rows.
                ulong allowed = ~excluded.WordAt(row >> 6);
                for (; allowed != 0; allowed &= allowed - 1)
                {
                    int index = row + BitOperations.TrailingZeroCount(allowed);
                    if (index < firstRow + rowCount)
                    {
                        _rerank.Prefetch(index);
                        _candidates[count++] = index;
                    }
                }
            }

            foreach (int index in _candidates.AsSpan(0, count))
            {
                _rerank.Add(index);
            }

            _rerank.Flush();
        }
    }

    private void RerankCoded(int query)
    {
        _rerank.Begin(_batch, query, _selections[query]);
        _codes.Candidates(query).Rerank(_rerank);
    }

    private void Select(int query, float* dots, float* norms, double normMax)
    {
        TopKSelection selection = _selections[query];
        double queryNorm = _batch.Norm(query);
        if (queryNorm == 0 && selection.IsFull && _batch.Request(query).Bias is null)
        {
            return;
        }

        fixed (int* candidates = _candidates)
        {
            // Written so that an infinite norm bound, or 0 · ∞, takes the exact path.
            bool isBounded = queryNorm * normMax <= ScanBound.NormProductMax;
            int count = isBounded
                ? CandidateFilter.Collect(
                    dots, norms, _rowCount, _batch.Error(query), FilterThreshold(query), candidates)
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
        _rerank.Begin(_batch, query, selection);
        for (int at = 0; at < count; at++)
        {
            int row = candidates[at];

            // The threshold has moved since the filter ran: ask again before paying for an exact score. In double the
            // product is exact and the sum rounds monotonically, so the filter's argument holds unchanged.
            if (dots != null && dots[row] + (error * norms[row]) < FilterThreshold(query))
            {
                continue;
            }

            _rerank.Add(_firstRow + row);
        }

        _rerank.Flush();
    }

    // What a dot product must reach, with the highest bias. One float lower than the subtraction says: its own rounding
    // is covered then.
    private float FilterThreshold(int query) => MathF.BitDecrement(
        RoundedNorm.Floor(_selections[query].Threshold - (double)_batch.BiasMax(query) - _batch.AbsoluteError));

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
