#if EBB_ILGPU
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Gpu;

/// <summary>The slots and the resident matrices of one device: launches slices and lands them in order.</summary>
internal sealed class GpuPipeline : IDisposable
{
    private readonly GpuDevice _device;
    private readonly GpuScanner _scanner;
    private readonly GpuShapes _shapes;
    private readonly GpuSweeper _sweeper;
    private readonly GpuTuning _tuning;
    private readonly GpuCounters _counters;
    private readonly List<GpuItems> _items = [];
    private readonly Queue<GpuSlot> _free = new();
    private readonly Queue<(GpuSlot Slot, GpuFlight Flight, GpuJob Job)> _flights = new();

    public GpuPipeline(GpuDevice device, int slotCount, GpuTuning tuning, GpuCounters counters)
    {
        _device = device;
        _tuning = tuning;
        _counters = counters;
        _shapes = new GpuShapes(device.Accelerator);
        _scanner = new GpuScanner(device, tuning, _shapes);
        _sweeper = new GpuSweeper(device, _shapes);
        for (int slot = 0; slot < slotCount; slot++)
        {
            _free.Enqueue(new GpuSlot(device));
        }
    }

    public bool HasFreeSlot => _free.Count != 0;

    public bool HasFlights => _flights.Count != 0;

    /// <summary>Queues the job's next slice on a free slot.</summary>
    public void Launch(GpuJob job)
    {
        if (job.Sweep is { } sweep)
        {
            job.BeginSlice();
            _sweeper.Run(sweep);
            _counters.AddSweep(sweep.Count);
            job.EndSlice();
            return;
        }

        int count = Math.Min(_tuning.BatchMax, job.Requests.Length - job.Started);
        ReadOnlySpan<TopKRequest> slice = job.Requests.AsSpan(job.Started, count);
        GpuSlot slot = _free.Peek();
        GpuFlight flight = _scanner.Launch(slot, Resident(job.Matrix!), slice, job.Unanswered);
        job.Started += count;
        job.BeginSlice();
        _counters.AddBatch();
        _flights.Enqueue((_free.Dequeue(), flight, job));
    }

    /// <summary>Waits for the oldest slice and gives its requests their answers.</summary>
    public void Land()
    {
        (GpuSlot slot, GpuFlight flight, GpuJob job) = _flights.Peek();
        if (flight.Items.RowCount == 0)
        {
            slot.Taken.ForEach(request => request.Count = 0);
            job.Unanswered.AddRange(slot.Taken.Where(request => request.User is not null));
        }
        else if (slot.Taken.Count != 0)
        {
            slot.Stream.Synchronize();
            for (int round = 1; round < _tuning.RoundsMax && HasOverflow(slot); round++)
            {
                _counters.AddExtraScan();
                _scanner.Scan(slot, flight);
                slot.Stream.Synchronize();
            }

            Answer(slot, job);
        }

        _flights.Dequeue();
        _free.Enqueue(slot);
        job.EndSlice();
    }

    public void Dispose()
    {
        foreach (GpuSlot slot in _flights.Select(flight => flight.Slot).Concat(_free))
        {
            slot.Dispose();
        }

        _items.ForEach(items => items.Dispose());
        _sweeper.Dispose();
        _shapes.Dispose();
    }

    private static bool HasOverflow(GpuSlot slot)
    {
        for (int query = 0; query < slot.Taken.Count; query++)
        {
            if (slot.Found(query) < 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Answer(GpuSlot slot, GpuJob job)
    {
        int answered = 0;
        int users = 0;
        for (int query = 0; query < slot.Taken.Count; query++)
        {
            TopKRequest request = slot.Taken[query];
            if (request.User is { } user)
            {
                int state = slot.Block.TakeOutcome(query, request, user);
                users++;
                if (state == GpuOutcome.NoCodes)
                {
                    job.Unanswered.Add(request);
                    continue;
                }
            }

            if (slot.Found(query) < 0)
            {
                job.Unanswered.Add(request);
                continue;
            }

            ReadOnlySpan<ulong> keys = slot.Best(query);
            for (int rank = 0; rank < keys.Length; rank++)
            {
                request.Results[rank] = new ScoredItem(
                    TopKFormula.KeyIndex(keys[rank]), TopKFormula.KeyScore(keys[rank]));
            }

            request.Count = keys.Length;
            answered++;
        }

        _counters.AddQueries(answered);
        _counters.AddUsers(users);
    }

    private GpuItems Resident(GpuItemMatrix matrix)
    {
        GpuItems? found = _items.Find(items => items.Matrix == matrix);
        if (found is null)
        {
            // Matrices come and go with catalogues; what is gone gives its memory back before more is taken.
            foreach (GpuItems gone in _items.Where(items => items.Matrix.IsDisposed).ToArray())
            {
                gone.Dispose();
                _items.Remove(gone);
            }

            found = new GpuItems(_device.Accelerator, matrix);
            _items.Add(found);
        }

        return found;
    }
}
#endif
