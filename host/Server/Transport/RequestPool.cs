namespace Ebb.Server.Transport;

/// <summary>
/// Requests of one connection that wait to be used again. Taken by its read loop, given back by engine threads. Keeps
/// no more than were ever in flight, and none that a large frame made large.
/// </summary>
internal sealed class RequestPool(EbbConnection connection)
{
    private const int KeptCostMax = 64 << 10;

    private readonly Lock _lock = new();
    private readonly Stack<WireRequest> _free = new();

    public WireRequest Take()
    {
        lock (_lock)
        {
            if (_free.TryPop(out var request))
            {
                return request;
            }
        }

        return new WireRequest(connection);
    }

    public void GiveBack(WireRequest request)
    {
        if (request.Cost > KeptCostMax)
        {
            return;
        }

        request.Reset();
        lock (_lock)
        {
            _free.Push(request);
        }
    }
}
