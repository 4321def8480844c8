#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// A call that waits for the device: requests of top-K, or a slice of a sweep. What the device could not answer is left
/// to the caller.
/// </summary>
internal sealed class GpuJob(GpuItemMatrix? matrix, TopKRequest[] requests)
{
    private readonly ManualResetEventSlim _done = new();
    private int _openSlices;

    public GpuJob(UserSweep sweep)
        : this(null, [])
    {
        Sweep = sweep;
    }

    /// <summary>Null for a sweep.</summary>
    public GpuItemMatrix? Matrix { get; } = matrix;

    public UserSweep? Sweep { get; }

    /// <summary>There was no device any more: read after <see cref="Wait"/>.</summary>
    public bool IsAbandoned { get; private set; }

    public TopKRequest[] Requests { get; } = requests;

    /// <summary>Requests taken off the queue so far.</summary>
    public int Started { get; set; }

    /// <summary>Requests for the CPU: read after <see cref="Wait"/>.</summary>
    public List<TopKRequest> Unanswered { get; } = [];

    public bool IsStarted => Started == Requests.Length;

    /// <summary>The worker's: a slice is on its way.</summary>
    public void BeginSlice() => _openSlices++;

    /// <summary>The worker's: a slice has its answers, or is among the unanswered.</summary>
    public void EndSlice()
    {
        _openSlices--;
        if (_openSlices == 0 && IsStarted)
        {
            _done.Set();
        }
    }

    /// <summary>No device any more: all of it is the CPU's, whatever was answered.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        Unanswered.Clear();
        Unanswered.AddRange(Requests);
        _done.Set();
    }

    /// <summary>Whether the caller has been let go.</summary>
    public bool IsAnswered => _done.IsSet;

    public void Wait() => _done.Wait();
}
#endif
