namespace Ebb.Engine.Log;

/// <summary>
/// Page writes of one partition's log, in the order in which they came, on a thread of their own: made where a page
/// fills they stop a socket's thread for as long as the disk, or the system's cache, takes. Whoever may wait helps:
/// a commit writes what it waits for itself, and so does an append that finds the buffer full. Any thread.
/// </summary>
internal sealed class PageWriter(string name, Action<PageWrite> write) : IDisposable
{
    private readonly Queue<PageWrite> _queue = new();
    private readonly Lock _writing = new();
    private Thread? _thread;
    private int _helper;
    private bool _isStopped;

    /// <summary>
    /// Until called again with false, what this thread adds wakes nobody: it calls <see cref="WriteQueued"/> itself.
    /// </summary>
    public void HelpByCaller(bool helps) => Volatile.Write(ref _helper, helps ? Environment.CurrentManagedThreadId : 0);

    public void Add(PageWrite page)
    {
        lock (_queue)
        {
            if (!_isStopped)
            {
                _queue.Enqueue(page);
                if (Volatile.Read(ref _helper) != Environment.CurrentManagedThreadId)
                {
                    _thread ??= Started();
                    Monitor.Pulse(_queue);
                }

                return;
            }
        }

        // The library's last words, as it closes.
        WhileStill(() => write(page));
    }

    /// <summary>Returns when all that was added before the call is written.</summary>
    public void WriteQueued()
    {
        lock (_writing)
        {
            while (TryTake(out PageWrite page))
            {
                write(page);
            }
        }
    }

    /// <summary>Nothing is written meanwhile.</summary>
    public void WhileStill(Action work)
    {
        lock (_writing)
        {
            work();
        }
    }

    /// <summary>
    /// Writes what is left. What comes after it is written where it comes: the library's memory may go once this
    /// returns.
    /// </summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_queue)
        {
            _isStopped = true;
            thread = _thread;
            Monitor.Pulse(_queue);
        }

        WriteQueued();
        thread?.Join();
    }

    private Thread Started()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private void Run()
    {
        while (true)
        {
            lock (_queue)
            {
                while (_queue.Count == 0)
                {
                    if (_isStopped)
                    {
                        return;
                    }

                    Monitor.Wait(_queue);
                }
            }

            WriteQueued();
        }
    }

    // Under _writing, so that pages are written in their order.
    private bool TryTake(out PageWrite page)
    {
        lock (_queue)
        {
            return _queue.TryDequeue(out page);
        }
    }
}
