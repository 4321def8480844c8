#if EBB_ILGPU
using Ebb.Kernels.TopK;
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// One batch on the device: users who come along → sample → threshold → scan → merge, all queued on the slot's stream,
/// nothing waited for. Owned by the thread that launches.
/// </summary>
internal sealed class GpuScanner(GpuDevice device, GpuTuning tuning, GpuShapes shapes)
{
    private const int RowsPerMaximum = 8;

    private readonly GpuKernels _kernels = new(device.Accelerator);

    /// <summary>Queues a batch. Requests that the codes cannot serve are left in <paramref name="refused"/>.</summary>
    public GpuFlight Launch(GpuSlot slot, GpuItems items, ReadOnlySpan<TopKRequest> batch, List<TopKRequest> refused)
    {
        slot.Taken.Clear();
        GpuItemView view = items.Update(slot.Stream);
        bool isTiled = batch.Length >= tuning.TileBatchMin;
        GpuBatchView queries = slot.Block.Fill(items.Matrix, batch, isTiled, slot.Taken, refused);
        GpuFlight flight = new(view, queries, isTiled);
        if (slot.Taken.Count == 0 || view.RowCount == 0)
        {
            return flight;
        }

        int kMax = slot.Taken.Max(request => request.K);
        int capacity = Math.Max(Math.Clamp(64 * kMax, tuning.CapacityMin, tuning.CapacityMax), kMax);
        GpuScanPlan sample = SamplePlan(flight, kMax, capacity);
        int maxima = sample.StretchCount * (flight.IsTiled ? TileScanGpu.MaximaPerTile : GpuItemView.TileRows);
        int padded = (queries.QueryCount + GpuBatchView.QueryBlock - 1)
            / GpuBatchView.QueryBlock * GpuBatchView.QueryBlock;
        slot.Reserve(padded, capacity, kMax, maxima);
        slot.Marks.Clear();
        slot.Mark();
        slot.Block.CopyIn(slot.Stream);
        slot.Mark();
        if (slot.Block.Shape is { } shape)
        {
            int warps = device.GroupThreads / 32;
            _kernels.ReadUsers(
                slot.Stream, new KernelConfig((queries.QueryCount + warps - 1) / warps, device.GroupThreads),
                shapes.Of(shape).View, slot.Block.Served);
        }

        if (maxima != 0)
        {
            (flight.IsTiled ? _kernels.SampleTiles : _kernels.Sample8)(
                slot.Stream, Config(sample, sample.StretchCount), view, queries, slot.Scratch, sample);
        }

        KernelConfig groupAQuery = new(queries.QueryCount, device.MergeThreads);
        _kernels.Threshold(slot.Stream, groupAQuery, queries, slot.Scratch, maxima);
        Scan(slot, flight);
        return flight;
    }

    /// <summary>Queues the scan and the merge of queries that are not done, and the copy of all answers.</summary>
    public void Scan(GpuSlot slot, in GpuFlight flight)
    {
        int tileCount = GpuItemView.TileCount(flight.Items);
        GpuScanPlan plan = new(tileCount, 1, 1, GroupCount(flight));
        bool isOne = flight.Queries.QueryCount == 1;
        (flight.IsTiled ? _kernels.ScanTiles : isOne ? _kernels.Scan1 : _kernels.Scan8)(
            slot.Stream, Config(plan, tileCount), flight.Items, flight.Queries, slot.Scratch, plan);
        KernelConfig merge = new(flight.Queries.QueryCount, device.MergeThreads);
        _kernels.Merge(slot.Stream, merge, flight.Items, flight.Queries, slot.Scratch);
        slot.Mark();
        slot.CopyOut();
        slot.Mark();
    }

    /// <summary>
    /// Rows enough that about a quarter of the capacity will pass the threshold (the K-th of a share s passes K/s), and
    /// not so few that the merge takes what the sample saves. A small catalogue needs none: all its rows fit among the
    /// candidates.
    /// </summary>
    private static GpuScanPlan SamplePlan(in GpuFlight flight, int k, int capacity)
    {
        int rowCount = flight.Items.RowCount;
        int tileCount = GpuItemView.TileCount(flight.Items);
        if (rowCount <= capacity)
        {
            return new GpuScanPlan(0, 0, 0, GroupCount(flight));
        }

        // A lane keeps one maximum of the rows it sees in a stretch; many more maxima than K lose little.
        int stretchTiles = flight.IsTiled ? 1 : RowsPerMaximum;
        long rows = Math.Max(rowCount * 4L * k / capacity, 4L * k * RowsPerMaximum);
        rows = Math.Max(rows, (long)(SampleShare(flight, k) * rowCount));
        long stretches = (rows / (stretchTiles * GpuItemView.TileRows)) + 1;
        int count = (int)Math.Clamp(stretches, 1, Math.Max(1, tileCount / stretchTiles));
        return new GpuScanPlan(count, stretchTiles, tileCount / count, GroupCount(flight));
    }

    /// <summary>
    /// The share s of the rows where sample and merge together cost least: s·T for the sample, with T the scan's time,
    /// and K/s candidates a query at some nanoseconds each for the merge, √(K·c/T). Calculated, not measured
    /// (bench/results/2026-11-23-gpu-estimate.md).
    /// </summary>
    private static double SampleShare(in GpuFlight flight, int k)
    {
        const double CandidateUs = 0.004;
        const double BytesPerUs = 4e6;
        double scanUs = (double)flight.Items.RowCount * flight.Items.CodeBytes * GroupCount(flight) / BytesPerUs;
        return Math.Min(0.25, Math.Sqrt(k * CandidateUs / Math.Max(1, scanUs)));
    }

    private static int GroupCount(in GpuFlight flight)
    {
        int width = flight.IsTiled ? TileScanGpu.Queries : CodeScanGpu.Queries;
        return (flight.Queries.QueryCount + width - 1) / width;
    }

    private KernelConfig Config(GpuScanPlan plan, int stretchCount)
    {
        int warps = device.GroupThreads / 32;
        int wanted = (stretchCount + warps - 1) / warps;
        int perGroup = Math.Clamp(device.GroupCount / plan.QueryGroups, 1, Math.Max(1, wanted));
        return new KernelConfig(perGroup * plan.QueryGroups, device.GroupThreads);
    }
}
#endif
