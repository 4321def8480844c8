#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Bench.Gpu;

/// <summary>Measures the card first, then Ebb's kernels against what the card can do.</summary>
internal sealed class GpuRun(GpuOptions options, GpuDevice device)
{
    private const int UserDimension = 64;
    private const double DayMs = 86_400_000;

    private readonly GpuMeter _meter = new(device);
    private readonly Random _random = new(42);

    public GpuReport Run()
    {
        double bandwidth = _meter.MeasureBandwidthGBps(options.BandwidthBytes, options.Rounds);
        double tops = _meter.MeasureTileTops(options.TileLoops, options.Rounds);
        List<GpuLine> lines = [.. Users(bandwidth)];
        using GpuItemMatrix items = Fill();
        foreach (int size in options.Batches)
        {
            lines.Add(TopK(items, size, along: null, bandwidth, tops));
        }

        BankShape shape = new(options.Dimension, [60_000, 3_600_000, DayMs, 30 * DayMs]);
        lines.Add(TopK(items, options.Batches[^1], shape, bandwidth, tops));

        return new GpuReport(_meter.DeviceName, options.IsEmulated, bandwidth, tops, lines);
    }

    /// <param name="along">Users of this shape come along with their queries; null: queries are given.</param>
    private GpuLine TopK(GpuItemMatrix items, int size, BankShape? along, double bandwidthGBps, double tops)
    {
        TopKRequest[] batch =
        [
            .. Enumerable.Range(0, size).Select(_ => new TopKRequest
            {
                Query = Vector(options.Dimension),
                User = along is null ? null : User(along),
                K = options.K,
                Results = new ScoredItem[options.K],
            }),
        ];
        (double copyIn, double kernels, double copyOut, int left) = _meter.MeasureTopK(items, batch, options.Rounds);
        double readMs = (double)items.Count * (items.CodeBytes + 1) / bandwidthGBps / 1e6;
        double multiplyMs = 2.0 * items.Count * items.CodeBytes * size / tops / 1e9;
        string work = $"top-K: N = {items.Count:N0}, D = {options.Dimension}, batch {size}, K = {options.K}"
            + (along is null ? "" : ", users along");
        return new GpuLine(work, copyIn, kernels, copyOut, Math.Max(readMs, multiplyMs), left);
    }

    private TopKUser User(BankShape shape)
    {
        float[] bank = new float[shape.BankLength];
        Fill(bank);
        return new TopKUser
        {
            Shape = shape,
            Bank = bank,
            ElapsedMs = 1000,
            Coefficients = new[] { 0.4, 0.3, 0.2, 0.1 },
            Reference = Vector(shape.Dimension),
        };
    }

    private IEnumerable<GpuLine> Users(double bandwidthGBps)
    {
        BankShape shape = new(UserDimension, [60_000, 3_600_000, DayMs, 30 * DayMs]);
        float[] banks = new float[(long)options.Users * shape.BankLength];
        Fill(banks);
        float[] references = new float[(long)options.Users * UserDimension];
        Fill(references);
        double[] elapsedMs = [.. Enumerable.Range(0, options.Users).Select(user => 1000.0 * user)];
        using GpuUsers users = new(device, shape, options.Users);
        users.Load(banks, elapsedMs, references);
        string size = $"{options.Users:N0} users × 4 × {UserDimension}";
        double bankBytes = (double)banks.Length * sizeof(float);
        double vectorBytes = (double)references.Length * sizeof(float);
        double sweepMs = Timed(users, () => users.BlendDrift([0.4, 0.3, 0.2, 0.1], new DriftMeasure(default)));
        double sweepLimit = (bankBytes + (2 * vectorBytes)) / bandwidthGBps / 1e6;
        yield return new GpuLine($"blend + drift, {size}", null, sweepMs, null, sweepLimit, 0);
        BankRunGpu[] runs = [.. Enumerable.Range(0, options.Users).Select(user => new BankRunGpu(user, user, 1))];
        BankEventGpu[] events =
            [.. Enumerable.Range(0, options.Users).Select(user => new BankEventGpu(1000, 0, (user % 64) + 1, 1))];
        float[] vectors = new float[64 * UserDimension];
        Fill(vectors);
        double updateMs = Timed(users, () => users.Apply(runs, events, vectors));
        double updateLimit = 2 * bankBytes / bandwidthGBps / 1e6;
        yield return new GpuLine($"decay + event, {size}", null, updateMs, null, updateLimit, 0);
    }

    private double Timed(GpuUsers users, Action work)
    {
        work();
        double[] times = new double[options.Rounds];
        for (int round = 0; round < times.Length; round++)
        {
            work();
            times[round] = users.LastKernel.TotalMilliseconds;
        }

        return GpuMeter.Median(times);
    }

    private GpuItemMatrix Fill()
    {
        GpuItemMatrix items = new(
            options.Dimension, new MemoryBudget(long.MaxValue), new MemoryBudget(device.ItemBytesMax));
        items.EnsureCapacity(options.Rows);
        for (int row = 0; row < options.Rows; row++)
        {
            items.Write(row, Vector(options.Dimension));
        }

        items.Publish(options.Rows);
        return items;
    }

    private float[] Vector(int dimension)
    {
        float[] vector = new float[dimension];
        Fill(vector);
        return vector;
    }

    // The sum of four uniform numbers is normal enough for scores, and ten times faster.
    private void Fill(float[] values)
    {
        for (int at = 0; at < values.Length; at++)
        {
            ulong bits = (ulong)_random.NextInt64();
            values[at] = ((bits & 0x7FFF) + ((bits >> 15) & 0x7FFF) + ((bits >> 30) & 0x7FFF)
                + ((bits >> 45) & 0x7FFF)) / 18918.6f - 3.464f;
        }
    }
}
#endif
