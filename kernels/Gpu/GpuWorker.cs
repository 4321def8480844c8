#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>
/// The thread that owns the device: it opens it, launches, copies and gives it back. Two slots take turns, so that a
/// batch is coded and copied in while the one before it is scanned. The first device error ends it: everything that
/// waits, and everything after, is told to go to the CPU.
/// </summary>
internal sealed class GpuWorker : IDisposable
{
    private const int SlotCount = 2;

    private readonly Lock _gate = new();
    private readonly Queue<GpuJob> _queue = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Func<GpuDevice> _open;
    private readonly GpuTuning _tuning;
    private readonly GpuCounters _counters;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly TaskCompletionSource<long> _opened = new();
    private bool _isClosed;

    /// <param name="open">Called on the worker's thread.</param>
    /// <param name="tuning">Sizes.</param>
    /// <param name="counters">Counted into.</param>
    /// <param name="failed">Called once, on the worker's thread, at the first device error.</param>
    public GpuWorker(Func<GpuDevice> open, GpuTuning tuning, GpuCounters counters, Action<Exception> failed)
    {
        _open = open;
        _tuning = tuning;
        _counters = counters;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = "ebb-gpu" };
        _thread.Start();
        ItemBytesMax = _opened.Task.GetAwaiter().GetResult();
    }

    /// <summary>Device memory that items may take, as it was when the device was opened.</summary>
    public long ItemBytesMax { get; }

    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>False: there is no device any more.</summary>
    public bool TrySubmit(GpuJob job)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _queue.Enqueue(job);
        }

        _wake.Release();
        return true;
    }

    public void Dispose()
    {
        Close();
        _wake.Release();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        GpuDevice device;
        try
        {
            device = _open();
            _opened.SetResult(device.ItemBytesMax);
        }
        catch (Exception exception)
        {
            // Whoever made the worker gets it: there is no thread above to tell.
            Close();
            _opened.SetException(exception);
            return;
        }

        List<GpuJob> flying = [];
        try
        {
            using GpuPipeline pipeline = new(device, SlotCount, _tuning, _counters);
            Serve(pipeline, flying);
        }
        catch (Exception exception)
        {
            // A device error may be any exception of the driver's wrapper; the CPU takes over whatever it was.
            _counters.AddFailure();
            Close();
            _failed(exception);
        }
        finally
        {
            Abandon(flying);
            TryDispose(device);
        }
    }

    private void Serve(GpuPipeline pipeline, List<GpuJob> flying)
    {
        while (true)
        {
            if (!pipeline.HasFlights)
            {
                _wake.Wait();
            }

            if (IsClosed)
            {
                return;
            }

            GpuJob? job = Next();
            if (job is not null && !flying.Contains(job))
            {
                flying.Add(job);
            }

            if (job is not null && pipeline.HasFreeSlot)
            {
                pipeline.Launch(job);
                Drop(job);
            }
            else if (pipeline.HasFlights)
            {
                pipeline.Land();
                flying.RemoveAll(flown => flown.IsAnswered);
            }
        }
    }

    /// <summary>The first job with a slice left; it stays in the queue.</summary>
    private GpuJob? Next()
    {
        lock (_gate)
        {
            return _queue.TryPeek(out GpuJob? job) ? job : null;
        }
    }

    private void Drop(GpuJob job)
    {
        lock (_gate)
        {
            if (job.IsStarted)
            {
                _queue.Dequeue();
            }
        }
    }

    private void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    private void Abandon(List<GpuJob> flying)
    {
        lock (_gate)
        {
            flying.AddRange(_queue.Where(job => !flying.Contains(job)).ToArray());
            _queue.Clear();
        }

        foreach (GpuJob job in flying)
        {
            job.Abandon();
        }
    }

    private static void TryDispose(GpuDevice device)
    {
        try
        {
            device.Dispose();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A device that failed may refuse to be given back; the process is going on without it.
            System.Diagnostics.Debug.WriteLine(exception);
        }
    }
}
#endif
