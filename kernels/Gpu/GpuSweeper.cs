#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Drift;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>Slices of sweeps, one at a time, on a stream of their own. The device's thread.</summary>
internal sealed class GpuSweeper(GpuDevice device, GpuShapes shapes) : IDisposable
{
    private readonly Action<AcceleratorStream, KernelConfig, GpuBankView, GpuSweepView, GpuMeasure> _kernel =
        device.Accelerator.LoadKernel<GpuBankView, GpuSweepView, GpuMeasure>(UserSweepGpu.SweepKernel);

    private readonly AcceleratorStream _stream = device.Accelerator.CreateStream();
    private MemoryBuffer1D<float, Stride1D.Dense>? _banks;
    private MemoryBuffer1D<float, Stride1D.Dense>? _against;
    private MemoryBuffer1D<float, Stride1D.Dense>? _queries;
    private MemoryBuffer1D<float, Stride1D.Dense>? _attention;
    private MemoryBuffer1D<double, Stride1D.Dense>? _coefficients;
    private MemoryBuffer1D<double, Stride1D.Dense>? _elapsedMs;
    private MemoryBuffer1D<double, Stride1D.Dense>? _answers;
    private MemoryBuffer1D<double, Stride1D.Dense>? _exponents;
    private MemoryBuffer1D<long, Stride1D.Dense>? _weightings;
    private MemoryBuffer1D<int, Stride1D.Dense>? _weightingOf;

    /// <summary>Answers the slice; waits for it.</summary>
    public void Run(UserSweep sweep)
    {
        if (sweep.Count == 0)
        {
            return;
        }

        int dimension = sweep.Shape.Dimension;
        long vectors = (long)sweep.Count * dimension;
        CopyIn(ref _banks, sweep.Banks, (long)sweep.Count * sweep.Shape.BankLength);
        CopyIn(ref _elapsedMs, sweep.ElapsedMs, sweep.Count);
        CopyIn(ref _weightingOf, sweep.WeightingOf, sweep.Count);
        if (sweep.HasReferences)
        {
            CopyIn(ref _against, sweep.References, vectors);
        }
        else
        {
            CopyIn(ref _against, sweep.Item, dimension);
        }

        GpuMeasure measure = CopyWeightings(sweep);
        Grow(ref _queries, vectors);
        Grow(ref _answers, sweep.Count);
        Grow(ref _exponents, sweep.Count);
        GpuSweepView view = new()
        {
            Banks = _banks!.View.BaseView,
            ElapsedMs = _elapsedMs!.View.BaseView,
            WeightingOf = _weightingOf!.View.BaseView,
            Weightings = _weightings!.View.BaseView,
            Against = _against!.View.BaseView,
            Queries = _queries!.View.BaseView,
            Answers = _answers!.View.BaseView,
            Exponents = _exponents!.View.BaseView,
            UserCount = sweep.Count,
            IsDrift = sweep.HasReferences ? 1 : 0,
        };
        int warps = device.GroupThreads / 32;
        KernelConfig config = new((sweep.Count + warps - 1) / warps, device.GroupThreads);
        _kernel(_stream, config, shapes.Of(sweep.Shape).View, view, measure);
        view.Answers.SubView(0, sweep.Count).CopyToCPU(_stream, ref sweep.Answers[0], sweep.Count);
        view.Exponents.SubView(0, sweep.Count).CopyToCPU(_stream, ref sweep.Exponents[0], sweep.Count);
        _stream.Synchronize();
    }

    public void Dispose()
    {
        _banks?.Dispose();
        _against?.Dispose();
        _queries?.Dispose();
        _attention?.Dispose();
        _coefficients?.Dispose();
        _elapsedMs?.Dispose();
        _answers?.Dispose();
        _exponents?.Dispose();
        _weightings?.Dispose();
        _weightingOf?.Dispose();
        _stream.Dispose();
    }

    /// <summary>All weightings, and where each lies; drift's own weights behind them.</summary>
    private GpuMeasure CopyWeightings(UserSweep sweep)
    {
        int dimension = sweep.Shape.Dimension;
        int halfLives = sweep.Shape.HalfLifeCount;
        int count = sweep.Weightings.Count;
        double[] coefficients = new double[count * halfLives];
        float[] attention = new float[(count + 1) * dimension];
        for (int at = 0; at < count; at++)
        {
            sweep.Weightings[at].Coefficients.CopyTo(coefficients, at * halfLives);
            sweep.Weightings[at].Attention.CopyTo(attention, at * dimension);
        }

        DriftMeasure measure = sweep.Measure;
        bool isWeighted = sweep.HasReferences
            && measure.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
        if (isWeighted)
        {
            measure.Attention.CopyTo(attention.AsMemory(count * dimension));
        }

        CopyIn(ref _coefficients, coefficients, coefficients.Length);
        CopyIn(ref _attention, attention, attention.Length);
        long[] addresses = new long[2 * count];
        for (int at = 0; at < count; at++)
        {
            addresses[2 * at] = _coefficients!.NativePtr + ((long)at * halfLives * sizeof(double));
            addresses[(2 * at) + 1] = sweep.Weightings[at].Attention.Length == 0
                ? 0
                : _attention!.NativePtr + ((long)at * dimension * sizeof(float));
        }

        CopyIn(ref _weightings, addresses, addresses.Length);
        return new GpuMeasure(
            (int)measure.Distance, measure.Raw ? 1 : 0,
            isWeighted ? _attention!.NativePtr + ((long)count * dimension * sizeof(float)) : 0);
    }

    private void CopyIn<T>(ref MemoryBuffer1D<T, Stride1D.Dense>? buffer, T[] values, long count)
        where T : unmanaged
    {
        Grow(ref buffer, count);
        buffer!.View.BaseView.SubView(0, count).CopyFromCPU(_stream, ref values[0], count);
    }

    private void Grow<T>(ref MemoryBuffer1D<T, Stride1D.Dense>? buffer, long length)
        where T : unmanaged
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = device.Accelerator.Allocate1D<T>(length);
        }
    }
}
#endif
