#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>
/// Top-K on a GPU, with the users who come along, and sweeps over users; everything that concerns one user or a few
/// rows on the CPU, where a launch would cost more than the work. Item rows are kept on both sides. After a device
/// error the CPU answers everything, this call included. Any thread.
/// </summary>
public sealed class GpuBackend : IKernelBackend
{
    private readonly CpuBackend _cpu;
    private readonly GpuWorker _worker;
    private readonly MemoryBudget _deviceBudget;
    private readonly GpuTuning _tuning;

    /// <param name="open">Opens the device, on the thread that will own it.</param>
    /// <param name="tuning">Sizes.</param>
    /// <param name="threads">Of the CPU that takes over; 0: one per processor.</param>
    /// <param name="log">Gets one line if the device fails. Null: nobody is told.</param>
    /// <exception cref="GpuUnavailableException">There is no such device.</exception>
    internal GpuBackend(Func<GpuDevice> open, GpuTuning tuning, int threads, Action<string>? log)
    {
        _cpu = new CpuBackend(threads);
        _tuning = tuning;
        _worker = new GpuWorker(open, tuning, Counters, exception => log?.Invoke(
            "GPU error, the CPU answers from here on: " + exception.Message.ReplaceLineEndings(" ")));
        _deviceBudget = new MemoryBudget(_worker.ItemBytesMax);
    }

    public string Name => HasFailed ? $"cpu ({DeviceName} failed)" : DeviceName;

    /// <summary>What the device is called as long as it works.</summary>
    internal string DeviceName { get; init; } = "cuda";

    public GpuCounters Counters { get; } = new();

    /// <summary>Whether the device has failed and the CPU answers.</summary>
    public bool HasFailed => Counters.Failures != 0;

    public GpuCounters? DeviceCounters => Counters;

    public int SweepCount => HasFailed ? 0 : _tuning.SweepCount;

    public bool TakesUsers(ItemMatrix items) => items.Count >= _tuning.UserRowsMin && !HasFailed;

    public ItemMatrix CreateItems(int dimension, MemoryBudget budget) =>
        new GpuItemMatrix(dimension, budget, _deviceBudget);

    public void Decay(BankShape shape, Span<float> bank, double elapsedMs) => _cpu.Decay(shape, bank, elapsedMs);

    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector) =>
        _cpu.Accumulate(shape, bank, ageMs, weight, vector);

    public void DecayAccumulate(BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector) =>
        _cpu.DecayAccumulate(shape, bank, step, vector);

    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query) =>
        _cpu.Blend(shape, bank, at, query);

    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference) =>
        _cpu.Drift(measure, current, reference);

    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        GpuItemMatrix matrix = Own(items);
        KernelArguments.CheckRequests(items, batch);
        if (batch.IsEmpty)
        {
            return;
        }

        GpuJob job = new(matrix, batch.ToArray());
        if (!_worker.TrySubmit(job))
        {
            AnswerOnCpu(matrix, batch);
            return;
        }

        job.Wait();
        if (job.Unanswered.Count != 0)
        {
            AnswerOnCpu(matrix, job.Unanswered.ToArray());
        }

        GC.KeepAlive(matrix);
    }

    public void Sweep(UserSweep sweep)
    {
        if (sweep.Count == 0)
        {
            return;
        }

        GpuJob job = new(sweep);
        bool isTaken = _worker.TrySubmit(job);
        if (isTaken)
        {
            job.Wait();
        }

        if (!isTaken || job.IsAbandoned)
        {
            UserSweepCpu.Run(_cpu, sweep);
        }
    }

    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores) =>
        _cpu.Score(Own(items).Host, query, indices, scores);

    public void Dispose()
    {
        _worker.Dispose();
        _cpu.Dispose();
    }

    private void AnswerOnCpu(GpuItemMatrix matrix, ReadOnlySpan<TopKRequest> requests)
    {
        Counters.AddCpuQueries(requests.Length);
        _cpu.TopK(matrix.Host, UserReads.Read(_cpu, requests));
    }

    private static GpuItemMatrix Own(ItemMatrix items) =>
        items as GpuItemMatrix
        ?? throw new ArgumentException("the matrix was made by another backend", nameof(items));
}
#endif
