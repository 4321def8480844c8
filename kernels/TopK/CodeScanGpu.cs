#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan for small batches: a lane a row, 16-byte loads, dp4a, as many bytes as the catalogue has codes. A warp
/// takes a tile of 32 rows for eight queries, or one. No lane waits for another: sums are whole in their lane.
/// </summary>
internal static class CodeScanGpu
{
    public const int Queries = 8;

    /// <summary>Eight sums of one row.</summary>
    private readonly record struct Sums(int A, int B, int C, int D, int E, int F, int G, int H);

    private readonly record struct Best(float A, float B, float C, float D, float E, float F, float G, float H);

    /// <summary>The sample, eight queries a warp: each lane's best lower bound of a stretch.</summary>
    public static void Sample8Kernel(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int first = Grid.IdxX % plan.QueryGroups * Queries;
        int tileCount = GpuItemView.TileCount(items);
        for (int stretch = FirstStretch(plan); stretch < plan.StretchCount; stretch += StretchStep(plan))
        {
            const float None = float.NegativeInfinity;
            Best best = new(None, None, None, None, None, None, None, None);
            int start = stretch * plan.StepTiles;
            int end = Math.Min(start + plan.StretchTiles, tileCount);
            for (int tile = start; tile < end; tile++)
            {
                int row = (tile * GpuItemView.TileRows) + Warp.LaneIdx;
                Quad bounds = GpuItemView.Bounds(items, row);
                best = Better(best, items, batch, (first, row), Tile8(items, batch, tile, first), bounds);
            }

            long at = ((long)first * scratch.MaximaStride) + ((long)stretch * GpuItemView.TileRows) + Warp.LaneIdx;
            Store(scratch, at, best);
        }
    }

    /// <summary>The scan, eight queries a warp: rows that reach a query's limit become its candidates.</summary>
    public static void Scan8Kernel(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int first = Grid.IdxX % plan.QueryGroups * Queries;
        Quad a = scratch.Factors[first];
        Quad b = scratch.Factors[first + 1];
        Quad c = scratch.Factors[first + 2];
        Quad d = scratch.Factors[first + 3];
        Quad e = scratch.Factors[first + 4];
        Quad f = scratch.Factors[first + 5];
        Quad g = scratch.Factors[first + 6];
        Quad h = scratch.Factors[first + 7];
        int tileCount = GpuItemView.TileCount(items);
        for (int tile = FirstStretch(plan); tile < tileCount; tile += StretchStep(plan))
        {
            int row = (tile * GpuItemView.TileRows) + Warp.LaneIdx;
            Quad bounds = GpuItemView.Bounds(items, row);
            Sums sums = Tile8(items, batch, tile, first);
            int hits = sums.A >= CodeLimitsGpu.Limit(a, bounds) ? 1 : 0;
            hits |= sums.B >= CodeLimitsGpu.Limit(b, bounds) ? 2 : 0;
            hits |= sums.C >= CodeLimitsGpu.Limit(c, bounds) ? 4 : 0;
            hits |= sums.D >= CodeLimitsGpu.Limit(d, bounds) ? 8 : 0;
            hits |= sums.E >= CodeLimitsGpu.Limit(e, bounds) ? 16 : 0;
            hits |= sums.F >= CodeLimitsGpu.Limit(f, bounds) ? 32 : 0;
            hits |= sums.G >= CodeLimitsGpu.Limit(g, bounds) ? 64 : 0;
            hits |= sums.H >= CodeLimitsGpu.Limit(h, bounds) ? 128 : 0;

            // One branch for the warp: nearly all tiles hold nothing for anyone.
            if (GpuIntrinsics.Ballot(hits != 0) != 0)
            {
                Offer(items, batch, scratch, (first, row, hits), sums);
            }
        }
    }

    /// <summary>The scan for one query: what it reads is what the card must deliver.</summary>
    public static void Scan1Kernel(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        Quad factors = scratch.Factors[0];
        int tileCount = GpuItemView.TileCount(items);
        for (int tile = FirstStretch(plan); tile < tileCount; tile += StretchStep(plan))
        {
            int row = (tile * GpuItemView.TileRows) + Warp.LaneIdx;
            Quad bounds = GpuItemView.Bounds(items, row);
            int sum = Tile1(items, batch, tile);
            bool isHit = sum >= CodeLimitsGpu.Limit(factors, bounds);
            if (GpuIntrinsics.Ballot(isHit) != 0 && isHit)
            {
                CodeSinkGpu.Offer(items, batch, scratch, (0, row, sum));
            }
        }
    }

    /// <summary>The first stretch of this warp; blocks that follow each other share rows, not queries.</summary>
    public static int FirstStretch(GpuScanPlan plan) =>
        (Grid.IdxX / plan.QueryGroups * (Group.DimX / 32)) + (Group.IdxX / 32);

    public static int StretchStep(GpuScanPlan plan) => Grid.DimX / plan.QueryGroups * (Group.DimX / 32);

    private static int Tile1(GpuItemView items, GpuBatchView batch, int tile)
    {
        long address = GpuItemView.TileAddress(items, tile) + (Warp.LaneIdx * 16);
        long query = batch.Codes;
        int sum = 0;
        for (int d = 0; d < items.CodeBytes; d += GpuItemView.BlockDimensions)
        {
            // All four loads are under way before the first is needed.
            Quad item0 = GpuIntrinsics.LoadReadOnly16(address);
            Quad item1 = GpuIntrinsics.LoadReadOnly16(address + GpuItemView.GroupBytes);
            Quad item2 = GpuIntrinsics.LoadReadOnly16(address + (2 * GpuItemView.GroupBytes));
            Quad item3 = GpuIntrinsics.LoadReadOnly16(address + (3 * GpuItemView.GroupBytes));
            sum = Dot16(item0, query, sum);
            sum = Dot16(item1, query + 16, sum);
            sum = Dot16(item2, query + 32, sum);
            sum = Dot16(item3, query + 48, sum);
            address += 4 * GpuItemView.GroupBytes;
            query += GpuItemView.BlockDimensions;
        }

        return sum;
    }

    private static Sums Tile8(GpuItemView items, GpuBatchView batch, int tile, int first)
    {
        long address = GpuItemView.TileAddress(items, tile) + (Warp.LaneIdx * 16);
        long query = batch.Codes + ((long)first * items.CodeBytes);
        Sums sums = new(0, 0, 0, 0, 0, 0, 0, 0);
        for (int d = 0; d < items.CodeBytes; d += GpuItemView.BlockDimensions)
        {
            Quad item0 = GpuIntrinsics.LoadReadOnly16(address);
            Quad item1 = GpuIntrinsics.LoadReadOnly16(address + GpuItemView.GroupBytes);
            Quad item2 = GpuIntrinsics.LoadReadOnly16(address + (2 * GpuItemView.GroupBytes));
            Quad item3 = GpuIntrinsics.LoadReadOnly16(address + (3 * GpuItemView.GroupBytes));
            sums = Added(sums, item0, query, items.CodeBytes);
            sums = Added(sums, item1, query + 16, items.CodeBytes);
            sums = Added(sums, item2, query + 32, items.CodeBytes);
            sums = Added(sums, item3, query + 48, items.CodeBytes);
            address += 4 * GpuItemView.GroupBytes;
            query += GpuItemView.BlockDimensions;
        }

        return sums;
    }

    private static Sums Added(Sums sums, Quad item, long query, long step) => new(
        Dot16(item, query, sums.A),
        Dot16(item, query + step, sums.B),
        Dot16(item, query + (2 * step), sums.C),
        Dot16(item, query + (3 * step), sums.D),
        Dot16(item, query + (4 * step), sums.E),
        Dot16(item, query + (5 * step), sums.F),
        Dot16(item, query + (6 * step), sums.G),
        Dot16(item, query + (7 * step), sums.H));

    /// <summary>16 dimensions; all lanes read the same words of the query.</summary>
    private static int Dot16(Quad item, long query, int sum)
    {
        Quad words = GpuIntrinsics.LoadReadOnly16(query);
        sum = GpuIntrinsics.Dot4(item.X, words.X, sum);
        sum = GpuIntrinsics.Dot4(item.Y, words.Y, sum);
        sum = GpuIntrinsics.Dot4(item.Z, words.Z, sum);
        return GpuIntrinsics.Dot4(item.W, words.W, sum);
    }

    private static void Offer(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int First, int Row, int Hits) at, Sums sums)
    {
        for (int query = 0; query < Queries; query++)
        {
            if (((at.Hits >> query) & 1) != 0)
            {
                CodeSinkGpu.Offer(items, batch, scratch, (at.First + query, at.Row, Pick(sums, query)));
            }
        }
    }

    // An array indexed by a variable would live in local memory; selections stay in registers.
    private static int Pick(Sums sums, int query)
    {
        int low = (query & 1) != 0 ? sums.B : sums.A;
        int next = (query & 1) != 0 ? sums.D : sums.C;
        int third = (query & 1) != 0 ? sums.F : sums.E;
        int high = (query & 1) != 0 ? sums.H : sums.G;
        int lower = (query & 2) != 0 ? next : low;
        int upper = (query & 2) != 0 ? high : third;
        return (query & 4) != 0 ? upper : lower;
    }

    private static Best Better(
        Best best, GpuItemView items, GpuBatchView batch, (int First, int Row) at, Sums sums, Quad bounds) => new(
        CodeSinkGpu.Best(best.A, items, batch, (at.First, at.Row, sums.A), bounds),
        CodeSinkGpu.Best(best.B, items, batch, (at.First + 1, at.Row, sums.B), bounds),
        CodeSinkGpu.Best(best.C, items, batch, (at.First + 2, at.Row, sums.C), bounds),
        CodeSinkGpu.Best(best.D, items, batch, (at.First + 3, at.Row, sums.D), bounds),
        CodeSinkGpu.Best(best.E, items, batch, (at.First + 4, at.Row, sums.E), bounds),
        CodeSinkGpu.Best(best.F, items, batch, (at.First + 5, at.Row, sums.F), bounds),
        CodeSinkGpu.Best(best.G, items, batch, (at.First + 6, at.Row, sums.G), bounds),
        CodeSinkGpu.Best(best.H, items, batch, (at.First + 7, at.Row, sums.H), bounds));

    private static void Store(GpuScratch scratch, long at, Best best)
    {
        long step = scratch.MaximaStride;
        scratch.Maxima[at] = CodeSinkGpu.Ordered(best.A);
        scratch.Maxima[at + step] = CodeSinkGpu.Ordered(best.B);
        scratch.Maxima[at + (2 * step)] = CodeSinkGpu.Ordered(best.C);
        scratch.Maxima[at + (3 * step)] = CodeSinkGpu.Ordered(best.D);
        scratch.Maxima[at + (4 * step)] = CodeSinkGpu.Ordered(best.E);
        scratch.Maxima[at + (5 * step)] = CodeSinkGpu.Ordered(best.F);
        scratch.Maxima[at + (6 * step)] = CodeSinkGpu.Ordered(best.G);
        scratch.Maxima[at + (7 * step)] = CodeSinkGpu.Ordered(best.H);
    }
}
#endif
