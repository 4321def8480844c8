namespace Ebb.Kernels.TopK;

/// <summary>Idle jobs with their buffers; as many as calls ever overlapped. Any thread.</summary>
internal sealed class TopKJobPool
{
    private readonly Lock _gate = new();
    private readonly Stack<TopKJob> _idle = new();

    public TopKJob Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out TopKJob? job))
            {
                return job;
            }
        }

        return new TopKJob(this);
    }

    public void Return(TopKJob job)
    {
        lock (_gate)
        {
            _idle.Push(job);
        }
    }
}
