using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Gathers a caller's requests by partition. Allocates nothing after construction.</summary>
internal sealed class RequestHandoff(RequestRouter router, Partition[] partitions) : IRequestHandoff
{
    private readonly RequestChain[] _chains = new RequestChain[partitions.Length];
    private readonly ushort[] _targets = new ushort[partitions.Length];
    private readonly Partition[] _claimed = new Partition[partitions.Length];
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

    public void Send()
    {
        if (_now == 0)
        {
            return;
        }

        // All chains are handed over before the first turn is run, so that another thread can take the other ones.
        _now = 0;
        int claimedCount = 0;
        for (int partition = 0; partition < _chains.Length; partition++)
        {
            RequestChain chain = _chains[partition];
            if (chain.Count == 0)
            {
                continue;
            }

            _chains[partition] = default;
            if (router.Push(partitions[partition], chain) && partitions[partition].TryClaim())
            {
                _claimed[claimedCount++] = partitions[partition];
            }
        }

        for (int index = 0; index < claimedCount; index++)
        {
            _claimed[index].ExecuteInline();
        }
    }
}
