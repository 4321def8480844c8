using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Gathers a caller's requests by partition. Allocates nothing after construction.</summary>
internal sealed class RequestHandoff(RequestRouter router, Partition[] partitions) : IRequestHandoff
{
    private readonly RequestChain[] _chains = new RequestChain[partitions.Length];
    private readonly ushort[] _targets = new ushort[partitions.Length];
    private readonly Partition[] _pushed = new Partition[partitions.Length];
    private int _pushedCount;
    private long _now;

    public bool TryPlace(ReadOnlySpan<byte> user, out UserPlace place)
    {
        place = StableHash.PlaceOf(user, partitions.Length);
        return true;
    }

    public void Add(EngineRequest request)
    {
        int count = router.Route(request, _targets);
        if (_now == 0)
        {
            _now = router.Timestamp;
        }

        request.SubmittedAt = _now;
        for (int index = 0; index < count; index++)
        {
            _chains[_targets[index]].Add(request.Share(index));
        }
    }

    public void Push()
    {
        if (_now == 0)
        {
            return;
        }

        _now = 0;
        for (int partition = 0; partition < _chains.Length; partition++)
        {
            RequestChain chain = _chains[partition];
            if (chain.Count == 0)
            {
                continue;
            }

            _chains[partition] = default;
            if (router.Push(partitions[partition], chain))
            {
                _pushed[_pushedCount++] = partitions[partition];
            }
        }
    }

    public void Serve()
    {
        // One after the other: while this thread has one turn, another thread may take the next.
        int count = _pushedCount;
        _pushedCount = 0;
        for (int index = 0; index < count; index++)
        {
            if (_pushed[index].TryClaimWork())
            {
                _pushed[index].ExecuteInline();
            }
        }
    }
}
