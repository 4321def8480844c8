using System.Runtime.InteropServices;

namespace Ebb.Engine.Threading;

/// <summary>
/// Work that waits for a disk, on a thread of its own: on a small machine two blocked threads of the pool take it away
/// from the partitions, whose turns run there.
/// </summary>
internal static partial class BlockingWork
{
    // Weighs a ninth of a thread of ours that serves (nice 0) and is not starved by them.
    private const int BackgroundNice = 10;
    private const int WhichProcess = 0;

    public static Task RunAsync(Action work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The same for what nobody waits for: on Linux it gets the processor after those who serve.</summary>
    public static Task RunInBackgroundAsync(Action work) => RunAsync(() =>
    {
        // The thread is the work's own and ends with it; what the system answers changes nothing.
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(WhichProcess, 0, BackgroundNice);
        }

        work();
    });

    // SAFETY: plain numbers; on Linux 0 is the calling thread.
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
