using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Exact top-K on SIMD registers: scan of codes or of fp32 rows with a proven error bound → rows that the bound cannot
/// exclude → exact scores in double → selection. The answer is <see cref="TopKReference"/>'s to the bit. Any thread,
/// any number at once.
/// </summary>
internal sealed unsafe class TopKCpu
{
    // Multiply-adds worth a helper: about 0.1 to 0.2 ms of one core, the cost of waking another.
    private const long WorkPerHelper = 1 << 20;

    private readonly TopKJobPool _jobs = new();
    private readonly int _threadCount;
    private readonly bool _usesCodes;
    private readonly long _nibblesFromBytes;

    /// <param name="threadCount">Threads a call may use, the caller's included; 0: one per processor.</param>
    /// <param name="usesCodes">Whether the code scan comes first; without it all rows are scanned in fp32.</param>
    /// <param name="nibblesFromBytes">Bytes of codes from which on a query that is alone reads nibbles.</param>
    public TopKCpu(int threadCount, bool usesCodes, long nibblesFromBytes)
    {
        _usesCodes = usesCodes;
        _nibblesFromBytes = nibblesFromBytes;
        ArgumentOutOfRangeException.ThrowIfNegative(threadCount);
        _threadCount = threadCount == 0 ? Environment.ProcessorCount : threadCount;
    }

    public void TopK(NativeItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        if (batch.IsEmpty)
        {
            return;
        }

        TopKJob job = _jobs.Rent();
        job.Batch.NibblesFromBytes = _nibblesFromBytes;
        job.Batch.Prepare(items, batch, _usesCodes, usesSample: true);
        job.Run(HelperCount(items, batch.Length));
        GC.KeepAlive(items);
    }

    /// <summary>Bytes that a scan of all rows reads for so many queries, if it stays with what it begins
    /// with.</summary>
    public long ScanBytes(NativeItemMatrix items, int queryCount, int k)
    {
        bool usesNibbles =
            queryCount == 1 && NibbleScan.IsWorthwhile(items.Count, items.Stride, k, _nibblesFromBytes);
        int rowBytes = !_usesCodes ? items.Stride * sizeof(float)
            : usesNibbles ? NibbleFormat.RowBytes(items.Stride) : items.Stride;
        return (long)items.Count * rowBytes;
    }

    public static void Score(
        NativeItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores)
    {
        double* exact = stackalloc double[query.Length];
        for (int d = 0; d < query.Length; d++)
        {
            exact[d] = query[d];
        }

        float** rows = stackalloc float*[ExactScore.RowsMax];
        double* totals = stackalloc double[ExactScore.RowsMax];
        int at = 0;
        for (; at <= indices.Length - ExactScore.RowsMax; at += ExactScore.RowsMax)
        {
            for (int lane = 0; lane < ExactScore.RowsMax; lane++)
            {
                rows[lane] = items.RowPointer(indices[at + lane]);
            }

            ExactScore.Dot8(exact, rows, items.Dimension, totals);
            for (int lane = 0; lane < ExactScore.RowsMax; lane++)
            {
                scores[at + lane] = TopKFormula.Round(totals[lane]);
            }
        }

        for (; at < indices.Length; at++)
        {
            double total = ExactScore.Dot(exact, items.RowPointer(indices[at]), items.Dimension);
            scores[at] = TopKFormula.Round(total);
        }

        GC.KeepAlive(items);
    }

    private int HelperCount(NativeItemMatrix items, int queryCount)
    {
        // A single query runs at memory speed; more of them share each block, so count them at half.
        long work = (long)items.Count * items.Stride * Math.Max(1, queryCount / 2);
        return (int)Math.Min(_threadCount - 1, work / WorkPerHelper);
    }
}
