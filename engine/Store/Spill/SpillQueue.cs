using System.Collections.Concurrent;

namespace Ebb.Engine.Store.Spill;

/// <summary>One read or write of spilled pages on its way to a disk thread.</summary>
internal readonly record struct SpillRequest(
    SpillDevice Device, bool IsWrite, int Segment, long Offset, nint Memory, int Bytes, SpillCompletion Completion);

/// <summary>
/// The disk threads of the process, shared by all partitions: a batch's reads go out side by side, which the thread
/// pool would not do (it starts with one thread a processor). Started by the first request; they idle on a semaphore.
/// </summary>
internal static class SpillQueue
{
    // Enough to keep an NVMe drive busy for 4 KiB reads; more threads only add switches.
    private const int ThreadCount = 8;

    private static readonly ConcurrentQueue<SpillRequest> Requests = new();
    private static readonly SemaphoreSlim Waiting = new(0);
    private static int _started;

    internal static void Add(in SpillRequest request)
    {
        Requests.Enqueue(request);
        if (Volatile.Read(ref _started) == 0 && Interlocked.Exchange(ref _started, 1) == 0)
        {
            for (int index = 0; index < ThreadCount; index++)
            {
                new Thread(Run) { IsBackground = true, Name = "ebb-spill" }.Start();
            }
        }

        Waiting.Release();
    }

    private static void Run()
    {
        while (true)
        {
            Waiting.Wait();
            if (Requests.TryDequeue(out SpillRequest request))
            {
                request.Device.Execute(request);
            }
        }
    }
}
