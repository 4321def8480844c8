#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan on tensor cores, for larger batches: a warp takes 32 queries by a tile of 32 rows, sixteen mma a 64
/// dimensions. Queries are mma's 16 rows, items its 8 columns: a lane then holds sums of four queries only, so it needs
/// the limits of four. The 16 bytes that lane (g, t) = (lane / 4, lane % 4) loads of item g are dimensions 16t.. of the
/// 64; they stand in for positions 4t.. and 16 + 4t.. of two multiplications, and so do the query's
/// (<see cref="GpuQueryLayout"/>): a sum does not care in which order its terms come.
/// </summary>
internal static class TileScanGpu
{
    public const int Queries = GpuBatchView.QueryBlock;

    /// <summary>Maxima that the warp keeps of a tile of the sample, a query: one a lane, of eight rows.</summary>
    public const int MaximaPerTile = 4;

    /// <summary>
    /// 16 queries by 32 rows: quad j has rows 8j + 2t and 8j + 2t + 1, X and Y of query g, Z and W of query g + 8.
    /// </summary>
    private readonly record struct Half(Quad A, Quad B, Quad C, Quad D);

    /// <summary>Queries g, g + 8 and g + 16, g + 24.</summary>
    private readonly record struct Sums(Half Low, Half High);

    /// <summary>A number for each of the lane's four queries, for one half of the tile's rows.</summary>
    private readonly record struct Four(int A, int B, int C, int D);

    /// <summary>The sample: of each tile a lane's best lower bound, for its four queries.</summary>
    public static void SampleKernel(GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int group = QueryGroup(plan);
        int first = (group * Queries) + (Warp.LaneIdx >> 2);
        int row = 2 * (Warp.LaneIdx & 3);
        Quad zero = new(0, 0, 0, 0);
        Half none = new(zero, zero, zero, zero);
        for (int stretch = FirstTile(plan); stretch < plan.StretchCount; stretch += TileStep(plan))
        {
            int tile = stretch * plan.StepTiles;
            Sums sums = Multiply(items, batch, tile, group, new Sums(none, none));
            int start = tile * GpuItemView.TileRows;

            // The same for all lanes: rules, or a last tile that is not full, are looked at row by row.
            bool isPlain = batch.HasRules == 0 && start + GpuItemView.TileRows <= items.RowCount;
            long at = ((long)first * scratch.MaximaStride) + ((long)stretch * MaximaPerTile) + (Warp.LaneIdx & 3);
            for (int query = 0; query < 4; query++)
            {
                (int Query, int Row, int Own) own = (first + (8 * query), start + row, query);
                scratch.Maxima[at + (8L * query * scratch.MaximaStride)] = CodeSinkGpu.Ordered(
                    isPlain ? PlainBest(items, batch, own, sums) : RuledBest(items, batch, own, sums));
            }
        }
    }

    /// <summary>
    /// The scan: rows that reach a query's limit become its candidates. The sums start at minus the limit, so that one
    /// sign says it: all 32 are ANDed, and nearly always that is all there is to do.
    /// </summary>
    public static void ScanKernel(GpuItemView items, GpuBatchView batch, GpuScratch scratch, GpuScanPlan plan)
    {
        int group = QueryGroup(plan);
        int first = (group * Queries) + (Warp.LaneIdx >> 2);
        Quad a = scratch.Factors[first];
        Quad b = scratch.Factors[first + 8];
        Quad c = scratch.Factors[first + 16];
        Quad d = scratch.Factors[first + 24];
        int tileCount = GpuItemView.TileCount(items);
        for (int tile = FirstTile(plan); tile < tileCount; tile += TileStep(plan))
        {
            int row = tile * GpuItemView.TileRows;
            Four upper = Below(a, b, c, d, GpuItemView.Bounds(items, row));
            Four lower = Below(a, b, c, d, GpuItemView.Bounds(items, row + 16));
            Sums sums = Multiply(items, batch, tile, group, Start(upper, lower));
            int all = Signs(sums.Low) & Signs(sums.High);

            // One branch for the warp.
            if (GpuIntrinsics.Ballot(all >= 0) != 0)
            {
                // Parted lanes are brought together again by the next tile's barrier.
                Offer(items, batch, scratch, (first, row + (2 * (Warp.LaneIdx & 3))), sums, (upper, lower));
            }
        }
    }

    /// <summary>Warps of a group of threads that follow each other share a tile and differ in queries.</summary>
    private static int QueryGroup(GpuScanPlan plan) => WarpIndex() % plan.QueryGroups;

    private static int FirstTile(GpuScanPlan plan) => WarpIndex() / plan.QueryGroups;

    private static int TileStep(GpuScanPlan plan) => Grid.DimX * (Group.DimX / 32) / plan.QueryGroups;

    private static int WarpIndex() => (Grid.IdxX * (Group.DimX / 32)) + (Group.IdxX / 32);

    private static Sums Multiply(GpuItemView items, GpuBatchView batch, int tile, int group, Sums start)
    {
        // mma is for converged warps only, and lanes part where candidates are taken.
        Warp.Barrier();
        int lane = Warp.LaneIdx;
        long row = GpuItemView.TileAddress(items, tile) + ((lane & 3) * GpuItemView.GroupBytes) + ((lane >> 2) * 16);
        long query = batch.Codes + ((long)group * Queries * items.CodeBytes) + (lane * 16);

        // Not in the loop, whose sums would have to be copied into place before it.
        Sums sums = Added(start, row, query);
        for (int d = GpuItemView.BlockDimensions; d < items.CodeBytes; d += GpuItemView.BlockDimensions)
        {
            row += 4 * GpuItemView.GroupBytes;
            query += GpuQueryLayout.BlockBytes;
            sums = Added(sums, row, query);
        }

        return sums;
    }

    /// <summary>64 dimensions: eight loads under way before the first multiplication.</summary>
    private static Sums Added(Sums sums, long row, long query)
    {
        Quad row0 = GpuIntrinsics.LoadReadOnly16(row);
        Quad row8 = GpuIntrinsics.LoadReadOnly16(row + 128);
        Quad row16 = GpuIntrinsics.LoadReadOnly16(row + 256);
        Quad row24 = GpuIntrinsics.LoadReadOnly16(row + 384);
        Quad low0 = GpuIntrinsics.LoadReadOnly16(query);
        Quad low1 = GpuIntrinsics.LoadReadOnly16(query + GpuQueryLayout.OperandBytes);
        Quad high0 = GpuIntrinsics.LoadReadOnly16(query + (2 * GpuQueryLayout.OperandBytes));
        Quad high1 = GpuIntrinsics.LoadReadOnly16(query + (3 * GpuQueryLayout.OperandBytes));
        Half low = Added(sums.Low, low0, (row0.X, row0.Y, row8.X, row8.Y), (row16.X, row16.Y, row24.X, row24.Y));
        Half high = Added(sums.High, high0, (row0.X, row0.Y, row8.X, row8.Y), (row16.X, row16.Y, row24.X, row24.Y));
        return new Sums(
            Added(low, low1, (row0.Z, row0.W, row8.Z, row8.W), (row16.Z, row16.W, row24.Z, row24.W)),
            Added(high, high1, (row0.Z, row0.W, row8.Z, row8.W), (row16.Z, row16.W, row24.Z, row24.W)));
    }

    private static Half Added(
        Half sums, Quad query, (int A0, int A1, int B0, int B1) upper, (int C0, int C1, int D0, int D1) lower) => new(
        GpuIntrinsics.MultiplyTile(query, upper.A0, upper.A1, sums.A),
        GpuIntrinsics.MultiplyTile(query, upper.B0, upper.B1, sums.B),
        GpuIntrinsics.MultiplyTile(query, lower.C0, lower.C1, sums.C),
        GpuIntrinsics.MultiplyTile(query, lower.D0, lower.D1, sums.D));

    /// <summary>Minus the limits of the four queries for 16 rows.</summary>
    private static Four Below(Quad a, Quad b, Quad c, Quad d, Quad bounds) => new(
        -CodeLimitsGpu.Limit(a, bounds),
        -CodeLimitsGpu.Limit(b, bounds),
        -CodeLimitsGpu.Limit(c, bounds),
        -CodeLimitsGpu.Limit(d, bounds));

    private static Sums Start(Four upper, Four lower)
    {
        Quad upperLow = new(upper.A, upper.A, upper.B, upper.B);
        Quad lowerLow = new(lower.A, lower.A, lower.B, lower.B);
        Quad upperHigh = new(upper.C, upper.C, upper.D, upper.D);
        Quad lowerHigh = new(lower.C, lower.C, lower.D, lower.D);
        return new Sums(
            new Half(upperLow, upperLow, lowerLow, lowerLow), new Half(upperHigh, upperHigh, lowerHigh, lowerHigh));
    }

    /// <summary>Negative where all sums are.</summary>
    private static int Signs(Half sums) => Signs(sums.A) & Signs(sums.B) & Signs(sums.C) & Signs(sums.D);

    private static int Signs(Quad sums) => sums.X & sums.Y & sums.Z & sums.W;

    private static void Offer(
        GpuItemView items, GpuBatchView batch, GpuScratch scratch, (int First, int Row) at, Sums sums,
        (Four Upper, Four Lower) below)
    {
        for (int index = 0; index < 32; index++)
        {
            // Eight rows of a query, then the next query: bits 0 and 1, 2 of the row; 3, 4 of the query.
            int query = index >> 3;
            int past = Pick(Pick(sums, query), index);
            if (past >= 0)
            {
                int started = Pick((index & 4) != 0 ? below.Lower : below.Upper, query);
                CodeSinkGpu.Offer(
                    items, batch, scratch,
                    (at.First + (8 * query), at.Row + (index & 1) + ((index & 6) * 4), past - started));
            }
        }
    }

    /// <summary>
    /// A lower bound grows with the sum: of rows that share their bounds the largest sum is enough. A whole tile.
    /// </summary>
    private static float PlainBest(
        GpuItemView items, GpuBatchView batch, (int Query, int Row, int Own) at, Sums sums)
    {
        (Quad Upper, Quad Lower) own = Pick(sums, at.Own);
        Quad query = GpuIntrinsics.LoadReadOnly16(batch.Bounds + ((long)at.Query * 16));
        float upper = CodeLimitsGpu.Lower(query, GpuItemView.Bounds(items, at.Row), Largest(own.Upper), 0);
        float lower = CodeLimitsGpu.Lower(query, GpuItemView.Bounds(items, at.Row + 16), Largest(own.Lower), 0);

        // What is not a number (a tile without codes) is no bound.
        float best = float.NegativeInfinity;
        best = upper > best ? upper : best;
        return lower > best ? lower : best;
    }

    private static float RuledBest(
        GpuItemView items, GpuBatchView batch, (int Query, int Row, int Own) at, Sums sums)
    {
        (Quad Upper, Quad Lower) own = Pick(sums, at.Own);
        float best = float.NegativeInfinity;
        for (int index = 0; index < 8; index++)
        {
            int row = at.Row + (index & 1) + ((index & 6) * 4);
            Quad bounds = GpuItemView.Bounds(items, row);
            best = CodeSinkGpu.Best(best, items, batch, (at.Query, row, Pick(own, index)), bounds);
        }

        return best;
    }

    private static int Largest(Quad sums)
    {
        int low = sums.X > sums.Y ? sums.X : sums.Y;
        int high = sums.Z > sums.W ? sums.Z : sums.W;
        return low > high ? low : high;
    }

    /// <summary>
    /// Eight sums of one of the four queries: rows 0, 1, 8, 9 and 16, 17, 24, 25 from the lane's first. Selections stay
    /// in registers; an array indexed by a variable would live in local memory.
    /// </summary>
    private static (Quad Upper, Quad Lower) Pick(Sums sums, int query)
    {
        Half half = (query & 2) != 0 ? sums.High : sums.Low;
        bool isOdd = (query & 1) != 0;
        return (
            new Quad(
                isOdd ? half.A.Z : half.A.X, isOdd ? half.A.W : half.A.Y,
                isOdd ? half.B.Z : half.B.X, isOdd ? half.B.W : half.B.Y),
            new Quad(
                isOdd ? half.C.Z : half.C.X, isOdd ? half.C.W : half.C.Y,
                isOdd ? half.D.Z : half.D.X, isOdd ? half.D.W : half.D.Y));
    }

    private static int Pick((Quad Upper, Quad Lower) sums, int index)
    {
        Quad rows = (index & 4) != 0 ? sums.Lower : sums.Upper;
        int low = (index & 1) != 0 ? rows.Y : rows.X;
        int high = (index & 1) != 0 ? rows.W : rows.Z;
        return (index & 2) != 0 ? high : low;
    }

    private static int Pick(Four values, int query)
    {
        int low = (query & 1) != 0 ? values.B : values.A;
        int high = (query & 1) != 0 ? values.D : values.C;
        return (query & 2) != 0 ? high : low;
    }
}
#endif
