#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan on tensor cores, for larger batches: a warp takes a tile of 32 rows by 32 queries, sixteen mma a 64
/// dimensions. The 16 bytes that lane (g, t) = (lane / 4, lane % 4) loads of row g are dimensions 16t.. of the 64; they
/// stand in for positions 4t.. and 16 + 4t.. of two multiplications, and so do the query's: a sum does not care in
/// which order its terms come.
/// </summary>
internal static class TileScanGpu
{
    public const int Queries = GpuBatchView.QueryBlock;

    /// <summary>32 rows by 8 queries: rows g, g + 8 and rows g + 16, g + 24; queries 2t and 2t + 1.</summary>
    private readonly record struct Block(Quad Upper, Quad Lower);

    private readonly record struct Blocks(Block A, Block B, Block C, Block D);

    private readonly record struct Pair(float Even, float Odd);

    /// <summary>The sample: each lane's best lower bounds of a stretch, for eight queries.</summary>
    public static void SampleKernel(GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int first = (Grid.IdxX % plan.QueryGroups * Queries) + (2 * (Warp.LaneIdx & 3));
        int tileCount = GpuItemView.TileCount(items);
        for (int stretch = CodeScanGpu.FirstStretch(plan); stretch < plan.StretchCount;
            stretch += CodeScanGpu.StretchStep(plan))
        {
            Pair a = new(float.NegativeInfinity, float.NegativeInfinity);
            Pair b = a;
            Pair c = a;
            Pair d = a;
            int start = stretch * plan.StepTiles;
            int end = Math.Min(start + plan.StretchTiles, tileCount);
            for (int tile = start; tile < end; tile++)
            {
                int row = (tile * GpuItemView.TileRows) + (Warp.LaneIdx >> 2);
                Blocks sums = Multiply(items, batch, tile, plan);
                a = Better(a, items, batch, (first, row), sums.A);
                b = Better(b, items, batch, (first + 8, row), sums.B);
                c = Better(c, items, batch, (first + 16, row), sums.C);
                d = Better(d, items, batch, (first + 24, row), sums.D);
            }

            long at = ((long)first * scratch.MaximaStride) + ((long)stretch * 8) + (Warp.LaneIdx >> 2);
            Store(scratch, at, a);
            Store(scratch, at + (8L * scratch.MaximaStride), b);
            Store(scratch, at + (16L * scratch.MaximaStride), c);
            Store(scratch, at + (24L * scratch.MaximaStride), d);
        }
    }

    /// <summary>The scan: rows that reach a query's limit become its candidates.</summary>
    public static void ScanKernel(GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int first = (Grid.IdxX % plan.QueryGroups * Queries) + (2 * (Warp.LaneIdx & 3));
        Quad a0 = scratch.Factors[first];
        Quad a1 = scratch.Factors[first + 1];
        Quad b0 = scratch.Factors[first + 8];
        Quad b1 = scratch.Factors[first + 9];
        Quad c0 = scratch.Factors[first + 16];
        Quad c1 = scratch.Factors[first + 17];
        Quad d0 = scratch.Factors[first + 24];
        Quad d1 = scratch.Factors[first + 25];
        int tileCount = GpuItemView.TileCount(items);
        for (int tile = CodeScanGpu.FirstStretch(plan); tile < tileCount; tile += CodeScanGpu.StretchStep(plan))
        {
            int row = tile * GpuItemView.TileRows;
            Quad upper = GpuItemView.Bounds(items, row);
            Quad lower = GpuItemView.Bounds(items, row + 16);
            Blocks sums = Multiply(items, batch, tile, plan);
            int hits = Hits(sums.A, (a0, a1), upper, lower)
                | (Hits(sums.B, (b0, b1), upper, lower) << 8)
                | (Hits(sums.C, (c0, c1), upper, lower) << 16)
                | (Hits(sums.D, (d0, d1), upper, lower) << 24);

            // One branch for the warp: nearly all tiles hold nothing for anyone.
            if (GpuIntrinsics.Ballot(hits != 0) != 0)
            {
                Offer(items, batch, scratch, (first, row + (Warp.LaneIdx >> 2), hits), sums);
            }
        }
    }

    private static Blocks Multiply(GpuItemView items, GpuBatchView batch, int tile, GpuScanPlan plan)
    {
        // mma is for converged warps only, and lanes part where candidates are taken.
        Warp.Barrier();
        int row = Warp.LaneIdx >> 2;
        int part = Warp.LaneIdx & 3;
        long address = GpuItemView.TileAddress(items, tile) + (part * GpuItemView.GroupBytes) + (row * 16);
        long query = batch.Codes + (part * 16)
            + ((long)((Grid.IdxX % plan.QueryGroups * Queries) + row) * items.CodeBytes);
        long step = 8L * items.CodeBytes;
        Quad zero = new(0, 0, 0, 0);
        Block none = new(zero, zero);
        Blocks sums = new(none, none, none, none);
        for (int d = 0; d < items.CodeBytes; d += GpuItemView.BlockDimensions)
        {
            Quad row0 = GpuIntrinsics.LoadReadOnly16(address);
            Quad row8 = GpuIntrinsics.LoadReadOnly16(address + 128);
            Quad row16 = GpuIntrinsics.LoadReadOnly16(address + 256);
            Quad row24 = GpuIntrinsics.LoadReadOnly16(address + 384);
            Quad a = GpuIntrinsics.LoadReadOnly16(query);
            Quad b = GpuIntrinsics.LoadReadOnly16(query + step);
            Quad c = GpuIntrinsics.LoadReadOnly16(query + (2 * step));
            Quad e = GpuIntrinsics.LoadReadOnly16(query + (3 * step));
            Quad upperLow = new(row0.X, row8.X, row0.Y, row8.Y);
            Quad upperHigh = new(row0.Z, row8.Z, row0.W, row8.W);
            Quad lowerLow = new(row16.X, row24.X, row16.Y, row24.Y);
            Quad lowerHigh = new(row16.Z, row24.Z, row16.W, row24.W);
            sums = new Blocks(
                Added(sums.A, a, (upperLow, upperHigh), (lowerLow, lowerHigh)),
                Added(sums.B, b, (upperLow, upperHigh), (lowerLow, lowerHigh)),
                Added(sums.C, c, (upperLow, upperHigh), (lowerLow, lowerHigh)),
                Added(sums.D, e, (upperLow, upperHigh), (lowerLow, lowerHigh)));
            address += 4 * GpuItemView.GroupBytes;
            query += GpuItemView.BlockDimensions;
        }

        return sums;
    }

    private static Block Added(Block sums, Quad query, (Quad Low, Quad High) upper, (Quad Low, Quad High) lower)
    {
        Quad upperSums = GpuIntrinsics.MultiplyTile(upper.Low, query.X, query.Y, sums.Upper);
        Quad lowerSums = GpuIntrinsics.MultiplyTile(lower.Low, query.X, query.Y, sums.Lower);
        return new Block(
            GpuIntrinsics.MultiplyTile(upper.High, query.Z, query.W, upperSums),
            GpuIntrinsics.MultiplyTile(lower.High, query.Z, query.W, lowerSums));
    }

    /// <summary>A bit a sum, in the order of the eight words of a block.</summary>
    private static int Hits(Block sums, (Quad Even, Quad Odd) factors, Quad upper, Quad lower)
    {
        int even = CodeLimitsGpu.Limit(factors.Even, upper);
        int odd = CodeLimitsGpu.Limit(factors.Odd, upper);
        int hits = sums.Upper.X >= even ? 1 : 0;
        hits |= sums.Upper.Y >= odd ? 2 : 0;
        hits |= sums.Upper.Z >= even ? 4 : 0;
        hits |= sums.Upper.W >= odd ? 8 : 0;
        even = CodeLimitsGpu.Limit(factors.Even, lower);
        odd = CodeLimitsGpu.Limit(factors.Odd, lower);
        hits |= sums.Lower.X >= even ? 16 : 0;
        hits |= sums.Lower.Y >= odd ? 32 : 0;
        hits |= sums.Lower.Z >= even ? 64 : 0;
        return hits | (sums.Lower.W >= odd ? 128 : 0);
    }

    private static void Offer(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int First, int Row, int Hits) at, Blocks sums)
    {
        for (int bit = 0; bit < 32; bit++)
        {
            if (((at.Hits >> bit) & 1) != 0)
            {
                // Bits of a block: odd query, rows 8 further on, rows 16 further on; then the block.
                int query = at.First + (bit & 1) + (bit >> 3 << 3);
                int row = at.Row + ((bit & 2) * 4) + ((bit & 4) * 4);
                CodeSinkGpu.Offer(items, batch, scratch, (query, row, Pick(sums, bit)));
            }
        }
    }

    private static int Pick(Blocks sums, int bit)
    {
        int ab = (bit & 8) != 0 ? Pick(sums.B, bit) : Pick(sums.A, bit);
        int cd = (bit & 8) != 0 ? Pick(sums.D, bit) : Pick(sums.C, bit);
        return (bit & 16) != 0 ? cd : ab;
    }

    private static int Pick(Block sums, int bit)
    {
        int upper = Pick(sums.Upper, bit);
        int lower = Pick(sums.Lower, bit);
        return (bit & 4) != 0 ? lower : upper;
    }

    private static int Pick(Quad sums, int bit)
    {
        int even = (bit & 2) != 0 ? sums.Z : sums.X;
        int odd = (bit & 2) != 0 ? sums.W : sums.Y;
        return (bit & 1) != 0 ? odd : even;
    }

    private static Pair Better(
        Pair best, GpuItemView items, GpuBatchView batch, (int First, int Row) at, Block sums)
    {
        Quad upper = GpuItemView.Bounds(items, at.Row);
        Quad lower = GpuItemView.Bounds(items, at.Row + 16);
        float even = CodeSinkGpu.Best(best.Even, items, batch, (at.First, at.Row, sums.Upper.X), upper);
        even = CodeSinkGpu.Best(even, items, batch, (at.First, at.Row + 8, sums.Upper.Z), upper);
        even = CodeSinkGpu.Best(even, items, batch, (at.First, at.Row + 16, sums.Lower.X), lower);
        even = CodeSinkGpu.Best(even, items, batch, (at.First, at.Row + 24, sums.Lower.Z), lower);
        float odd = CodeSinkGpu.Best(best.Odd, items, batch, (at.First + 1, at.Row, sums.Upper.Y), upper);
        odd = CodeSinkGpu.Best(odd, items, batch, (at.First + 1, at.Row + 8, sums.Upper.W), upper);
        odd = CodeSinkGpu.Best(odd, items, batch, (at.First + 1, at.Row + 16, sums.Lower.Y), lower);
        odd = CodeSinkGpu.Best(odd, items, batch, (at.First + 1, at.Row + 24, sums.Lower.W), lower);
        return new Pair(even, odd);
    }

    private static void Store(GpuScratch scratch, long at, Pair best)
    {
        scratch.Maxima[at] = CodeSinkGpu.Ordered(best.Even);
        scratch.Maxima[at + scratch.MaximaStride] = CodeSinkGpu.Ordered(best.Odd);
    }
}
#endif
