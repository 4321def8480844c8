namespace Ebb.Kernels.Gpu;

/// <summary>What a GPU backend did since it started. Any thread.</summary>
public sealed class GpuCounters
{
    private long _batches;
    private long _queries;
    private long _cpuQueries;
    private long _extraScans;
    private long _failures;

    /// <summary>Batches launched.</summary>
    public long Batches => Volatile.Read(ref _batches);

    /// <summary>Queries answered by the device.</summary>
    public long Queries => Volatile.Read(ref _queries);

    /// <summary>Queries answered by the CPU instead: the device failed, or the codes could not serve them.</summary>
    public long CpuQueries => Volatile.Read(ref _cpuQueries);

    /// <summary>Scans done again because a query had more candidates than room.</summary>
    public long ExtraScans => Volatile.Read(ref _extraScans);

    /// <summary>1 when a device error has sent everything to the CPU.</summary>
    public long Failures => Volatile.Read(ref _failures);

    internal void AddBatch() => Interlocked.Increment(ref _batches);

    internal void AddQueries(int count) => Interlocked.Add(ref _queries, count);

    internal void AddCpuQueries(int count) => Interlocked.Add(ref _cpuQueries, count);

    internal void AddExtraScan() => Interlocked.Increment(ref _extraScans);

    internal void AddFailure() => Interlocked.Increment(ref _failures);
}
