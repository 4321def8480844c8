#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Before and after the scan, a group of threads a query. Threshold: the K-th best lower bound of the sample, which K
/// rows reach. Merge: of the candidates those whose upper bound reaches the K-th best lower one, their exact scores in
/// double and index order, the best K sorted. The keys are those of <see cref="TopKFormula"/>, so order and scores are
/// the CPU's.
/// </summary>
internal static class TopKMergeGpu
{
    private const int SharedWords = 5;

    /// <summary>Launched for every query. Those that only pad the batch get limits that nothing reaches.</summary>
    public static void ThresholdKernel(GpuBatchView batch, GpuScratch scratch, int maximaCount)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(SelectGpu.Digits);
        ArrayView<int> words = SharedMemory.Allocate<int>(SharedWords);
        int query = Grid.IdxX;
        int padded = (batch.QueryCount + GpuBatchView.QueryBlock - 1) & ~(GpuBatchView.QueryBlock - 1);
        if (query == 0 && batch.QueryCount + Group.IdxX < padded)
        {
            Close(scratch, batch.QueryCount + Group.IdxX);
        }

        if (batch.Outcomes != 0 && IsSettled(batch, query))
        {
            // Before the scan: its user came along, and there is nothing to scan for, or not here.
            if (Group.IdxX == 0)
            {
                scratch.Found[query] = 0;
                scratch.Counts[query] = 0;
                Close(scratch, query);
            }

            return;
        }

        float threshold = GpuRule.FloorOf(batch, query);
        int k = GpuRule.CountOf(batch, query);
        if (maximaCount >= k)
        {
            long start = (long)query * scratch.MaximaStride;
            ulong key = SelectGpu.Kth(scratch.Maxima, start, (maximaCount, k, 32), (bins, words));
            float sampled = CodeSinkGpu.FromOrdered(key);
            threshold = sampled > threshold ? sampled : threshold;
        }

        Open(batch, scratch, query, threshold);
    }

    /// <summary>Launched for every query of the batch. One that is done is left alone.</summary>
    public static void MergeKernel(GpuItemView items, GpuBatchView batch, GpuScratch scratch)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(SelectGpu.Digits);
        ArrayView<int> words = SharedMemory.Allocate<int>(SharedWords);
        ArrayView<ulong> best = SharedMemory.Allocate<ulong>(TopKRequest.CountMax);
        int query = Grid.IdxX;
        if (scratch.Found[query] >= 0)
        {
            return;
        }

        int found = scratch.Counts[query];
        int count = found < scratch.Capacity ? found : scratch.Capacity;
        int k = GpuRule.CountOf(batch, query);
        float threshold = Threshold(items, batch, scratch, (query, count, k), (bins, words));
        if (found > scratch.Capacity)
        {
            // All threads have read the count before it is set back.
            Group.Barrier();
            Open(batch, scratch, query, threshold);
            return;
        }

        int exactCount = Rescore(items, batch, scratch, (query, count, threshold), words);
        int sortCount = Gather(scratch, (query, exactCount, k), best, (bins, words));
        SelectGpu.Sort(best, sortCount);
        int answerCount = exactCount < k ? exactCount : k;
        for (int rank = Group.IdxX; rank < answerCount; rank += Group.DimX)
        {
            scratch.Best[((long)query * scratch.BestStride) + rank] = best[rank];
        }

        if (Group.IdxX == 0)
        {
            scratch.Found[query] = answerCount;
            Close(scratch, query);
        }
    }

    /// <summary>The K-th best lower bound among the candidates, or the request's floor.</summary>
    private static float Threshold(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int Query, int Count, int K) at,
        (ArrayView<int> Bins, ArrayView<int> Words) shared)
    {
        float floor = GpuRule.FloorOf(batch, at.Query);
        if (at.Count < at.K)
        {
            return floor;
        }

        long start = (long)at.Query * scratch.Capacity;
        for (int index = Group.IdxX; index < at.Count; index += Group.DimX)
        {
            float lower = Bound(items, batch, at.Query, scratch.Candidates[start + index], isUpper: false);
            scratch.Keys[start + index] = CodeSinkGpu.Ordered(lower);
        }

        // Keys are in global memory: the barrier makes the group's own visible to it.
        Group.Barrier();
        ulong key = SelectGpu.Kth(scratch.Keys, start, (at.Count, at.K, 32), shared);
        float threshold = CodeSinkGpu.FromOrdered(key);

        // The last pass has read the keys before they are written anew.
        Group.Barrier();
        return threshold > floor ? threshold : floor;
    }

    /// <summary>Keys of the candidates that may belong to the answer, written over the lower bounds' keys.</summary>
    private static int Rescore(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int Query, int Count, float Threshold) at,
        ArrayView<int> words)
    {
        if (Group.IdxX == 0)
        {
            words[3] = 0;
        }

        Group.Barrier();
        long start = (long)at.Query * scratch.Capacity;
        float scoreMin = GpuRule.ScoreMinOf(batch, at.Query);
        for (int index = Group.IdxX; index < at.Count; index += Group.DimX)
        {
            ulong candidate = scratch.Candidates[start + index];
            if (Bound(items, batch, at.Query, candidate, isUpper: true) < at.Threshold)
            {
                continue;
            }

            int row = (int)(uint)candidate;
            float score = ExactScoreGpu.Score(items, batch, at.Query, row);
            if (score >= scoreMin)
            {
                scratch.Keys[start + Atomic.Add(ref words[3], 1)] = ExactScoreGpu.Key(score, row);
            }
        }

        Group.Barrier();
        return words[3];
    }

    /// <summary>The best K keys into shared memory, padded with zeros to a power of two.</summary>
    private static int Gather(
        GpuScratch scratch, (int Query, int Count, int K) at, ArrayView<ulong> best,
        (ArrayView<int> Bins, ArrayView<int> Words) shared)
    {
        long start = (long)at.Query * scratch.Capacity;
        int kept = at.Count < at.K ? at.Count : at.K;
        int sortCount = 1;
        while (sortCount < kept)
        {
            sortCount <<= 1;
        }

        // Keys are distinct, the row is part of them: exactly K are not below the K-th.
        ulong least = 0;
        if (at.Count > at.K)
        {
            least = SelectGpu.Kth(scratch.Keys, start, (at.Count, at.K, 0), shared);
        }

        for (int index = Group.IdxX; index < sortCount; index += Group.DimX)
        {
            best[index] = 0;
        }

        if (Group.IdxX == 0)
        {
            shared.Words[4] = 0;
        }

        Group.Barrier();
        for (int index = Group.IdxX; index < at.Count; index += Group.DimX)
        {
            ulong key = scratch.Keys[start + index];
            if (key >= least)
            {
                best[Atomic.Add(ref shared.Words[4], 1)] = key;
            }
        }

        Group.Barrier();
        return sortCount;
    }

    private static float Bound(GpuItemView items, GpuBatchView batch, int query, ulong candidate, bool isUpper)
    {
        int row = (int)(uint)candidate;
        int sum = (int)(candidate >> 32);
        Quad bounds = GpuIntrinsics.LoadReadOnly16(batch.Bounds + ((long)query * 16));
        Quad tile = GpuItemView.Bounds(items, row);
        float bias = GpuRule.BiasOf(batch, query, row);
        return isUpper
            ? CodeLimitsGpu.Upper(bounds, tile, sum, bias)
            : CodeLimitsGpu.Lower(bounds, tile, sum, bias);
    }

    private static bool IsSettled(GpuBatchView batch, int query) =>
        GpuIntrinsics.LoadReadOnlyLong(batch.Outcomes + ((long)query * GpuOutcome.Bytes) + (2 * sizeof(double))) != 0;

    private static void Open(GpuBatchView batch, GpuScratch scratch, int query, float threshold)
    {
        if (Group.IdxX == 0)
        {
            Quad bounds = GpuIntrinsics.LoadReadOnly16(batch.Bounds + ((long)query * 16));
            scratch.Thresholds[query] = threshold;
            scratch.Factors[query] = CodeLimitsGpu.Factors(bounds, threshold);
            scratch.Counts[query] = 0;
            scratch.Found[query] = GpuScratch.Overflow;
        }
    }

    /// <summary>Called by one thread.</summary>
    private static void Close(GpuScratch scratch, int query)
    {
        int largest = (int)Interop.FloatAsInt(float.MaxValue);
        scratch.Factors[query] = new Quad(largest, (int)Interop.FloatAsInt(1f), 0, 0);
    }
}
#endif
