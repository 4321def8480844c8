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
    /// Says where a user's events go, so that the caller can put those of many users that go the same way into one
    /// request (<see cref="EngineRequest.AddPlacedEvent"/>). False: this door does not tell.
    /// </summary>
    public bool TryPlace(ReadOnlySpan<byte> user, out UserPlace place)
    {
        place = default;
        return false;
    }

    /// <summary>
    /// Hands over what was added. A partition that is idle is served on this thread, at once: completions may come
    /// before this returns.
    /// </summary>
    public void Send()
    {
        Push();
        Serve();
    }

    /// <summary>
    /// The first half of it: what was added is in the partitions' queues. Serve must follow on this thread.
    /// </summary>
    public void Push();

    /// <summary>The second half: partitions that got something and have no writer are served on this thread.</summary>
    public void Serve();
}
