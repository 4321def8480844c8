namespace Ebb.Kernels.Gpu;

/// <summary>What a GPU backend did since it started. Any thread.</summary>
public sealed class GpuCounters
{
    private long _batches;
    private long _queries;
    private long _cpuQueries;
    private long _extraScans;
    private long _failures;
    private long _users;
    private long _sweeps;
    private long _sweptUsers;

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

    /// <summary>Users who came along with a query: decay, blend and drift were the device's.</summary>
    public long Users => Volatile.Read(ref _users);

    /// <summary>Slices of sweeps over all users, and the users in them, that the device answered.</summary>
    public long Sweeps => Volatile.Read(ref _sweeps);

    public long SweptUsers => Volatile.Read(ref _sweptUsers);

    internal void AddUsers(int count) => Interlocked.Add(ref _users, count);

    internal void AddSweep(int userCount)
    {
        Interlocked.Increment(ref _sweeps);
        Interlocked.Add(ref _sweptUsers, userCount);
    }

    internal void AddBatch() => Interlocked.Increment(ref _batches);

    internal void AddQueries(int count) => Interlocked.Add(ref _queries, count);

    internal void AddCpuQueries(int count) => Interlocked.Add(ref _cpuQueries, count);

    internal void AddExtraScan() => Interlocked.Increment(ref _extraScans);

    internal void AddFailure() => Interlocked.Increment(ref _failures);
}
