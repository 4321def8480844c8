namespace Ebb.Engine.Batching;

/// <summary>
/// A partition's way in: any thread pushes a chain with one exchange, the partition's writer takes all that is there
/// with one more. No lock; order of arrival is kept, of one pusher as of all.
/// </summary>
internal sealed class RequestInbox
{
    private RequestShare? _newest;

    // The writer's own: what it took and has not begun, oldest first.
    private RequestShare? _taken;

    public bool IsEmpty => _taken is null && Volatile.Read(ref _newest) is null;

    public void Push(in RequestChain chain)
    {
        RequestShare? seen = Volatile.Read(ref _newest);
        while (true)
        {
            chain.Oldest!.Next = seen;
            RequestShare? found = Interlocked.CompareExchange(ref _newest, chain.Newest, seen);
            if (ReferenceEquals(found, seen))
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>The oldest request, left where it is, or null. For the writer alone.</summary>
    public EngineRequest? Peek() =>
        (_taken ??= Reverse(Interlocked.Exchange(ref _newest, null)))?.Request;

    /// <summary>The oldest request, or null. For the writer alone.</summary>
    public EngineRequest? Take()
    {
        _taken ??= Reverse(Interlocked.Exchange(ref _newest, null));
        if (_taken is not { } share)
        {
            return null;
        }

        // Unlinked before the request goes on: once answered it may be pushed again.
        _taken = share.Next;
        share.Next = null;
        return share.Request;
    }

    private static RequestShare? Reverse(RequestShare? newest)
    {
        RequestShare? reversed = null;
        while (newest is { } share)
        {
            newest = share.Next;
            share.Next = reversed;
            reversed = share;
        }

        return reversed;
    }
}
