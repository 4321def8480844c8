namespace Ebb.Engine.Batching;

/// <summary>
/// Requests of one caller that reach the partitions together: one exchange a partition, however many there are. Used by
/// one thread at a time.
/// </summary>
public interface IRequestHandoff
{
    /// <summary>Takes a filled request. It is on its way from Send on; one that is refused may complete here.</summary>
    public void Add(EngineRequest request);

    /// <summary>
    /// Hands over what was added. A partition that is idle is served on this thread, at once: completions may come
    /// before this returns.
    /// </summary>
    public void Send();
}
