using System.Runtime.InteropServices;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Batching;

/// <summary>
/// Lists of all partitions, taken over by a thread of their own: it works on whatever has gathered while it was at the
/// ones before (no timer). Idle, it sleeps. Any thread adds; the work is done on this one, which gives the lists back
/// to their partitions.
/// </summary>
internal sealed class GatheringThread : IDisposable
{
    private readonly int _takenCountMax;
    private readonly Work _work;
    private readonly Func<ushort, Partition> _partitionOf;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private List<(ListJob Job, PartitionBatch Batch)> _gathered = [];
    private List<(ListJob Job, PartitionBatch Batch)> _running = [];
    private bool _isStarted;
    private bool _stopping;
    private bool _isBusy;

    /// <param name="name">The thread's.</param>
    /// <param name="takenCountMax">Lists that <paramref name="work"/> takes at once, at most.</param>
    /// <param name="work">Must not throw.</param>
    /// <param name="partitionOf">By its number.</param>
    public GatheringThread(string name, int takenCountMax, Work work, Func<ushort, Partition> partitionOf)
    {
        _takenCountMax = takenCountMax;
        _work = work;
        _partitionOf = partitionOf;
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
    }

    /// <summary>What is done with lists; each is given back, or handed to another thread.</summary>
    public delegate void Work(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> lists);

    /// <summary>Nothing is worked on before; again does nothing. One caller at a time.</summary>
    public void Start()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _thread.Start();
        }
    }

    public void Add(ListJob job, PartitionBatch batch)
    {
        lock (_gate)
        {
            _gathered.Add((job, batch));
            Monitor.PulseAll(_gate);
        }
    }

    public void Add(List<ListJob> jobs, PartitionBatch batch)
    {
        lock (_gate)
        {
            foreach (ListJob job in jobs)
            {
                _gathered.Add((job, batch));
            }

            Monitor.PulseAll(_gate);
        }
    }

    public void Add(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> lists)
    {
        lock (_gate)
        {
            _gathered.AddRange(lists);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until nothing is under way here; while no partition can hand over more.</summary>
    public void Quiesce()
    {
        lock (_gate)
        {
            while (_gathered.Count > 0 || _isBusy)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>The lists are made, or refused: their requests are answered and their partitions told.</summary>
    public void GiveBack(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> lists)
    {
        AnswerRun.Begin();
        foreach ((ListJob job, PartitionBatch batch) in lists)
        {
            // The job is its partition's again once it is returned.
            EngineRequest request = job.Request;
            _partitionOf(batch.Id).Return(job);
            batch.Answer(request);
        }

        AnswerRun.End();
    }

    /// <summary>Finishes what has gathered first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        if (_isStarted)
        {
            _thread.Join();
        }
    }

    private void Loop()
    {
        while (Gather())
        {
            ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> rest = CollectionsMarshal.AsSpan(_running);
            while (!rest.IsEmpty)
            {
                int count = Math.Min(_takenCountMax, rest.Length);
                _work(rest[..count]);
                rest = rest[count..];
            }
        }
    }

    private bool Gather()
    {
        lock (_gate)
        {
            _isBusy = false;
            Monitor.PulseAll(_gate);
            while (_gathered.Count == 0)
            {
                if (_stopping)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            _isBusy = true;
            _running.Clear();
            (_gathered, _running) = (_running, _gathered);
            return true;
        }
    }
}
