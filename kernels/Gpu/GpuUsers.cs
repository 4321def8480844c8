#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Banks of many users in device memory: events applied, drift of the population, the users that an item fits best. One
/// thread, the device's.
/// </summary>
internal sealed class GpuUsers : IDisposable
{
    private readonly GpuDevice _device;
    private readonly BankShape _shape;
    private readonly GpuBankShape _constants;
    private readonly List<MemoryBuffer> _buffers = [];
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _banks;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _coefficients;
    private readonly GpuUserKernels _kernels;
    private readonly GpuUserView _users;

    public GpuUsers(GpuDevice device, BankShape shape, int userCount)
    {
        _device = device;
        _shape = shape;
        _kernels = new GpuUserKernels(device.Accelerator);
        _constants = new GpuBankShape(device.Accelerator, shape);
        long vectors = (long)userCount * shape.Dimension;
        _banks = Allocate<float>((long)userCount * shape.BankLength);
        _coefficients = Allocate<double>(shape.HalfLifeCount);
        _users = new GpuUserView
        {
            Banks = _banks.View.BaseView,
            ElapsedMs = Allocate<double>(userCount).View.BaseView,
            References = Allocate<float>(vectors).View.BaseView,
            Queries = Allocate<float>(vectors).View.BaseView,
            Exponents = Allocate<double>(userCount).View.BaseView,
            Drifts = Allocate<double>(userCount).View.BaseView,
            Bins = Allocate<int>(UserSweepGpu.BinCount).View.BaseView,
            Keys = Allocate<ulong>(userCount).View.BaseView,
            Coefficients = _coefficients.NativePtr,
            UserCount = userCount,
        };
    }

    /// <summary>What the last kernel took, where the device is profiled.</summary>
    public TimeSpan LastKernel { get; private set; }

    private AcceleratorStream Stream => _device.Accelerator.DefaultStream;

    private KernelConfig WarpAUser
    {
        get
        {
            int warps = _device.GroupThreads / 32;
            return new KernelConfig((_users.UserCount + warps - 1) / warps, _device.GroupThreads);
        }
    }

    /// <summary>Banks, elapsed times and references of all users.</summary>
    public void Load(float[] banks, double[] elapsedMs, float[] references)
    {
        Copy(_users.Banks, banks);
        Copy(_users.ElapsedMs, elapsedMs);
        Copy(_users.References, references);
    }

    /// <summary>Applies runs of events; a user has one run at most. Vectors lie one behind the other.</summary>
    /// <param name="runs">Users and their events.</param>
    /// <param name="events">Vector is the event's place among the vectors plus one here; 0: none.</param>
    /// <param name="vectors">D floats each.</param>
    public void Apply(BankRunGpu[] runs, BankEventGpu[] events, float[] vectors)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> deviceVectors = _device.Accelerator.Allocate1D(vectors);
        BankEventGpu[] addressed = Array.ConvertAll(events, applied => applied.Vector == 0
            ? applied
            : applied with
            {
                Vector = deviceVectors.NativePtr + ((applied.Vector - 1) * _shape.Dimension * sizeof(float)),
            });
        using MemoryBuffer1D<BankRunGpu, Stride1D.Dense> deviceRuns = _device.Accelerator.Allocate1D(runs);
        using MemoryBuffer1D<BankEventGpu, Stride1D.Dense> deviceEvents = _device.Accelerator.Allocate1D(addressed);
        int warps = _device.GroupThreads / 32;
        KernelConfig config = new((runs.Length + warps - 1) / warps, _device.GroupThreads);
        LastKernel = GpuMeter.Timed(_device, Stream, () => _kernels.Update(
            Stream, config, _constants.View, _users.Banks, deviceRuns.View.BaseView, deviceEvents.View.BaseView));
    }

    /// <summary>Blend and drift of every user.</summary>
    public void BlendDrift(double[] coefficients, DriftMeasure measure)
    {
        Copy(_coefficients.View.BaseView, coefficients);
        Copy(_users.Bins, new int[UserSweepGpu.BinCount]);
        using MemoryBuffer1D<float, Stride1D.Dense> attention =
            _device.Accelerator.Allocate1D(measure.Attention.IsEmpty ? new float[1] : measure.Attention.ToArray());
        bool isWeighted = measure.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
        GpuMeasure on = new((int)measure.Distance, measure.Raw ? 1 : 0, isWeighted ? attention.NativePtr : 0);
        LastKernel = GpuMeter.Timed(_device, Stream, () =>
            _kernels.BlendDrift(Stream, WarpAUser, _constants.View, _users, on));
    }

    /// <summary>The k users whose blend points most the way of the item: cosine, best first, lower index.</summary>
    public ScoredItem[] Audience(double[] coefficients, float[] item, int k)
    {
        Copy(_coefficients.View.BaseView, coefficients);
        ulong[] keys = new ulong[Math.Min(k, _users.UserCount)];
        using MemoryBuffer1D<float, Stride1D.Dense> deviceItem = _device.Accelerator.Allocate1D(item);
        using MemoryBuffer1D<ulong, Stride1D.Dense> best = _device.Accelerator.Allocate1D<ulong>(keys.Length);
        _kernels.Fit(Stream, WarpAUser, _constants.View, _users, deviceItem.View.BaseView);
        _kernels.BestUsers(
            Stream, new KernelConfig(1, _device.GroupThreads), _users, best.View.BaseView, keys.Length);
        best.View.BaseView.CopyToCPU(Stream, ref keys[0], keys.Length);
        return Array.ConvertAll(
            keys, key => new ScoredItem(TopKFormula.KeyIndex(key), TopKFormula.KeyScore(key)));
    }

    public float[] ReadBanks() => Read(_users.Banks);

    public float[] ReadQueries() => Read(_users.Queries);

    public double[] ReadExponents() => Read(_users.Exponents);

    public double[] ReadDrifts() => Read(_users.Drifts);

    /// <summary>Users by drift, 64 bins over 0..2; what lies above is in the last.</summary>
    public int[] ReadBins() => Read(_users.Bins);

    public void Dispose()
    {
        _constants.Dispose();
        _buffers.ForEach(buffer => buffer.Dispose());
    }

    private MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = _device.Accelerator.Allocate1D<T>(length);
        _buffers.Add(buffer);
        return buffer;
    }

    private void Copy<T>(ArrayView<T> target, T[] values)
        where T : unmanaged => target.CopyFromCPU(Stream, ref values[0], values.Length);

    private T[] Read<T>(ArrayView<T> source)
        where T : unmanaged
    {
        T[] values = new T[source.Length];
        source.CopyToCPU(Stream, ref values[0], values.Length);
        return values;
    }
}
#endif
