#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>What the scans do with a sum: a sample keeps the best lower bound, a scan rows past the limit.</summary>
internal static class CodeSinkGpu
{
    /// <summary>The larger of what a lane has and the row's lower bound.</summary>
    public static float Best(
        float best, GpuItemView items, GpuBatchView batch, (int Query, int Row, int Sum) at, Quad tile)
    {
        if (at.Query >= batch.QueryCount || at.Row >= items.RowCount)
        {
            return best;
        }

        float bias = 0;
        if (batch.HasRules != 0)
        {
            if (GpuRule.IsLeftOut(batch, at.Query, at.Row))
            {
                return best;
            }

            bias = GpuRule.BiasOf(batch, at.Query, at.Row);
        }

        Quad query = GpuIntrinsics.LoadReadOnly16(batch.Bounds + ((long)at.Query * 16));
        float lower = CodeLimitsGpu.Lower(query, tile, at.Sum, bias);
        return lower > best ? lower : best;
    }

    /// <summary>Takes a row whose sum is past the limit, if its rule and its upper bound let it.</summary>
    public static void Offer(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int Query, int Row, int Sum) at)
    {
        if (at.Query >= batch.QueryCount || at.Row >= items.RowCount)
        {
            return;
        }

        if (batch.HasRules != 0)
        {
            if (GpuRule.IsLeftOut(batch, at.Query, at.Row))
            {
                return;
            }

            Quad query = GpuIntrinsics.LoadReadOnly16(batch.Bounds + ((long)at.Query * 16));
            float bias = GpuRule.BiasOf(batch, at.Query, at.Row);
            if (CodeLimitsGpu.Upper(query, GpuItemView.Bounds(items, at.Row), at.Sum, bias)
                < scratch.Thresholds[at.Query])
            {
                return;
            }
        }

        int place = Atomic.Add(ref scratch.Counts[at.Query], 1);
        if (place < scratch.Capacity)
        {
            scratch.Candidates[((long)at.Query * scratch.Capacity) + place] =
                ((ulong)(uint)at.Sum << 32) | (uint)at.Row;
        }
    }

    /// <summary>A float as the upper half of a key that sorts as it does.</summary>
    public static ulong Ordered(float value)
    {
        int bits = (int)Interop.FloatAsInt(value);
        return (ulong)(uint)(bits ^ ((bits >> 31) | int.MinValue)) << 32;
    }

    public static float FromOrdered(ulong key)
    {
        int ordered = (int)(key >> 32);
        return Interop.IntAsFloat((uint)(ordered ^ (~(ordered >> 31) | int.MinValue)));
    }
}
#endif
