namespace Ebb.Engine.Store.Spill;

/// <summary>One read or write of spilled pages on its way to a disk thread.</summary>
internal readonly record struct SpillRequest(
    SpillDevice Device, bool IsWrite, int Segment, long Offset, nint Memory, int Bytes, SpillCompletion Completion);

/// <summary>
/// The disk threads of the process, shared by all partitions: a batch's reads go out side by side, which the thread
/// pool would not do (it starts with one thread a processor). Started by the first request; idle they sleep, and do not
/// spin first as those of a <see cref="SemaphoreSlim"/> would: where processors are few, they are wanted.
/// </summary>
internal static class SpillQueue
{
    // Enough to keep an NVMe drive busy for 4 KiB reads; more threads only add switches.
    private const int ThreadCount = 8;

    private static readonly Queue<SpillRequest> Requests = new();
    private static bool _isStarted;

    internal static void Add(in SpillRequest request)
    {
        lock (Requests)
        {
            Requests.Enqueue(request);
            if (!_isStarted)
            {
                _isStarted = true;
                for (int index = 0; index < ThreadCount; index++)
                {
                    new Thread(Run) { IsBackground = true, Name = "ebb-spill" }.Start();
                }
            }

            Monitor.Pulse(Requests);
        }
    }

    private static void Run()
    {
        while (true)
        {
            SpillRequest request = Take();
            request.Device.Execute(request);
        }
    }

    private static SpillRequest Take()
    {
        lock (Requests)
        {
            while (Requests.Count == 0)
            {
                Monitor.Wait(Requests);
            }

            return Requests.Dequeue();
        }
    }
}
