#if EBB_ILGPU
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// What a card can do and what a batch takes, by events on the device: for the bench. A device opened with profiling,
/// one thread.
/// </summary>
internal sealed class GpuMeter(GpuDevice device)
{
    private const int MultiplicationsPerRound = 8;

    // 16 × 8 × 32 multiply-adds, two operations each.
    private const double OperationsPerMultiplication = 2.0 * 16 * 8 * 32;

    public string DeviceName => device.Accelerator.Name;

    /// <summary>10^9 bytes a second that a kernel reads, 16 bytes a lane at a time: the best of the rounds.</summary>
    public double MeasureBandwidthGBps(long bytes, int rounds)
    {
        bytes = bytes / 512 * 512;
        using MemoryBuffer1D<byte, Stride1D.Dense> source = device.Accelerator.Allocate1D<byte>(bytes);
        using MemoryBuffer1D<int, Stride1D.Dense> sink = device.Accelerator.Allocate1D<int>(1);
        source.MemSetToZero();
        Action<AcceleratorStream, KernelConfig, long, long, ArrayView<int>> kernel =
            device.Accelerator.LoadKernel<long, long, ArrayView<int>>(ReadKernel);
        KernelConfig config = new(device.GroupCount, device.GroupThreads);
        double ms = Best(rounds, stream => kernel(stream, config, source.NativePtr, bytes, sink.View.BaseView));
        return bytes / ms / 1e6;
    }

    /// <summary>10^12 int8 operations a second of tensor cores, operands in registers: the best round.</summary>
    public double MeasureTileTops(int loops, int rounds)
    {
        using MemoryBuffer1D<int, Stride1D.Dense> sink = device.Accelerator.Allocate1D<int>(1);
        Action<AcceleratorStream, KernelConfig, int, ArrayView<int>> kernel =
            device.Accelerator.LoadKernel<int, ArrayView<int>>(MultiplyKernel);
        KernelConfig config = new(device.GroupCount, device.GroupThreads);
        double ms = Best(rounds, stream => kernel(stream, config, loops, sink.View.BaseView));
        double warps = (double)device.GroupCount * device.GroupThreads / 32;
        return warps * loops * MultiplicationsPerRound * OperationsPerMultiplication / ms / 1e9;
    }

    /// <summary>Medians of copy-in, kernels and copy-out of a batch in milliseconds; queries left over.</summary>
    public (double CopyIn, double Kernels, double CopyOut, int Left) MeasureTopK(
        ItemMatrix items, TopKRequest[] batch, int rounds)
    {
        using GpuShapes shapes = new(device.Accelerator);
        GpuScanner scanner = new(device, new GpuTuning(), shapes);
        using GpuSlot slot = new(device);
        using GpuItems resident = new(device.Accelerator, (GpuItemMatrix)items);
        double[][] times = [new double[rounds], new double[rounds], new double[rounds]];
        int left = 0;

        // Once to bring the rows over and to compile.
        for (int round = -1; round < rounds; round++)
        {
            List<TopKRequest> refused = [];
            scanner.Launch(slot, resident, batch, refused);
            slot.Stream.Synchronize();
            left = refused.Count + Enumerable.Range(0, slot.Taken.Count).Count(query => slot.Found(query) < 0);
            for (int part = 0; part < 3 && round >= 0; part++)
            {
                times[part][round] = slot.Marks[part + 1].MeasureFrom(slot.Marks[part]).TotalMilliseconds;
            }
        }

        return (Median(times[0]), Median(times[1]), Median(times[2]), left);
    }

    /// <summary>What the launched work takes; zero where the device is not profiled. Waits for it.</summary>
    public static TimeSpan Timed(GpuDevice device, AcceleratorStream stream, Action launch)
    {
        if (!device.IsProfiled)
        {
            launch();
            stream.Synchronize();
            return TimeSpan.Zero;
        }

        using ProfilingMarker start = stream.AddProfilingMarker();
        launch();
        using ProfilingMarker end = stream.AddProfilingMarker();
        stream.Synchronize();
        return end.MeasureFrom(start);
    }

    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>Reads all of it and keeps one word, if the sum is what zeros never give.</summary>
    internal static void ReadKernel(long source, long bytes, ArrayView<int> sink)
    {
        long step = (long)Grid.DimX * Group.DimX * 16;
        int sum = 0;
        for (long at = (((long)Grid.IdxX * Group.DimX) + Group.IdxX) * 16; at < bytes; at += step)
        {
            Quad words = GpuIntrinsics.LoadReadOnly16(source + at);
            sum |= words.X | words.Y | words.Z | words.W;
        }

        if (sum != 0)
        {
            sink[0] = sum;
        }
    }

    /// <summary>Eight independent sums, so that one multiplication does not wait for the last.</summary>
    internal static void MultiplyKernel(int loops, ArrayView<int> sink)
    {
        int own = Group.IdxX;
        Quad rows = new(own, own + 1, own + 2, own + 3);
        Quad a = new(0, 0, 0, 0);
        Quad b = a;
        Quad c = a;
        Quad d = a;
        Quad e = a;
        Quad f = a;
        Quad g = a;
        Quad h = a;
        for (int loop = 0; loop < loops; loop++)
        {
            a = GpuIntrinsics.MultiplyTile(rows, own, 1, a);
            b = GpuIntrinsics.MultiplyTile(rows, own, 2, b);
            c = GpuIntrinsics.MultiplyTile(rows, own, 3, c);
            d = GpuIntrinsics.MultiplyTile(rows, own, 4, d);
            e = GpuIntrinsics.MultiplyTile(rows, own, 5, e);
            f = GpuIntrinsics.MultiplyTile(rows, own, 6, f);
            g = GpuIntrinsics.MultiplyTile(rows, own, 7, g);
            h = GpuIntrinsics.MultiplyTile(rows, own, 8, h);
        }

        int sum = a.X + b.X + c.X + d.X + e.X + f.X + g.X + h.X;
        if (sum == int.MinValue)
        {
            sink[0] = sum;
        }
    }

    private double Best(int rounds, Action<AcceleratorStream> launch)
    {
        AcceleratorStream stream = device.Accelerator.DefaultStream;
        double best = double.MaxValue;
        for (int round = 0; round <= rounds; round++)
        {
            double ms = Timed(device, stream, () => launch(stream)).TotalMilliseconds;
            best = round == 0 ? best : Math.Min(best, ms);
        }

        return best;
    }
}
#endif
