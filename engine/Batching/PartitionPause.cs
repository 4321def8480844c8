namespace Ebb.Engine.Batching;

/// <summary>
/// Holds partitions still while something is read across all of them (the state hash). Each writer blocks in its own
/// turn until released: meant for checks, not for serving.
/// </summary>
internal sealed class PartitionPause : IPartitionJob, IDisposable
{
    private readonly CountdownEvent _arrived;
    private readonly ManualResetEventSlim _release = new();

    private PartitionPause(int count)
    {
        _arrived = new CountdownEvent(count);
    }

    public static async Task<PartitionPause> HoldAsync(IReadOnlyList<Partition> partitions)
    {
        var pause = new PartitionPause(partitions.Count);
        foreach (Partition partition in partitions)
        {
            partition.Post(pause);
        }

        await Task.Run(pause._arrived.Wait).ConfigureAwait(false);
        return pause;
    }

    public void Run(Partition partition)
    {
        _arrived.Signal();
        _release.Wait();
    }

    public void Dispose() => _release.Set();
}
