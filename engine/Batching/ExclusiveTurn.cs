namespace Ebb.Engine.Batching;

/// <summary>
/// Runs a function on a partition's writer, between two batches, and hands its result to an awaiting caller.
/// </summary>
internal sealed class ExclusiveTurn<TResult>(Func<Partition, TResult> function) : IPartitionJob
{
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Result => _done.Task;

    public void Run(Partition partition)
    {
        try
        {
            _done.SetResult(function(partition));
        }
        catch (Exception failure)
        {
            _done.SetException(failure);
        }
    }
}
