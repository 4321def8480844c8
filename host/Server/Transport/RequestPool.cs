namespace Ebb.Server.Transport;

/// <summary>
/// Requests of one connection that wait to be used again. Taken by its read loop, given back by whatever thread
/// answers; no lock: givers push one by one, the taker takes all that were given in one exchange. Keeps no more than
/// were ever in flight, and none that a large frame made large.
/// </summary>
internal sealed class RequestPool(EbbConnection connection)
{
    private const int KeptCostMax = 64 << 10;

    private WireRequest? _given;

    // The read loop's own.
    private WireRequest? _free;

    public WireRequest Take()
    {
        _free ??= Interlocked.Exchange(ref _given, null);
        if (_free is not { } request)
        {
            return new WireRequest(connection);
        }

        _free = request.NextFree;
        request.NextFree = null;
        return request;
    }

    public void GiveBack(WireRequest request)
    {
        if (request.Cost > KeptCostMax)
        {
            return;
        }

        request.Reset();
        WireRequest? seen;
        do
        {
            seen = Volatile.Read(ref _given);
            request.NextFree = seen;
        }
        while (!ReferenceEquals(Interlocked.CompareExchange(ref _given, request, seen), seen));
    }
}
