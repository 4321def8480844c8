namespace Ebb.Engine.Log;

/// <summary>
/// Work that waits for a disk, on a thread of its own: on a small machine two blocked threads of the pool take it away
/// from the partitions, whose turns run there.
/// </summary>
internal static class BlockingWork
{
    public static Task RunAsync(Action work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
