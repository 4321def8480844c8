using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Hands requests to the partitions of their users. Any thread; allocates nothing.</summary>
internal sealed class RequestRouter(Partition[] partitions, TimeProvider clock)
{
    public const int PartitionCountMax = 256;

    private volatile bool _closed;

    public long Timestamp => clock.GetTimestamp();

    /// <summary>From here on every request is answered ShuttingDown.</summary>
    public void Close() => _closed = true;

    /// <summary>For one caller that has several requests at a time.</summary>
    public IRequestHandoff NewHandoff() => new RequestHandoff(this, partitions);

    public void Submit(EngineRequest request)
    {
        Span<ushort> targets = stackalloc ushort[PartitionCountMax];
        int count = Route(request, targets);
        request.SubmittedAt = Timestamp;
        for (int index = 0; index < count; index++)
        {
            // The last share that is handed over may answer and recycle the request at once.
            Partition partition = partitions[targets[index]];
            var chain = default(RequestChain);
            chain.Add(request.Share(index));
            if (Push(partition, chain))
            {
                partition.Schedule();
            }
        }
    }

    /// <summary>
    /// Says which partitions have to do with the request, and readies it for them. 0: it is answered already.
    /// </summary>
    public int Route(EngineRequest request, Span<ushort> targets)
    {
        if (request.Completion is null)
        {
            throw new ArgumentException("a request needs a Completion", nameof(request));
        }

        if (_closed)
        {
            RequestCompletion.Refuse(request, EntryStatus.ShuttingDown);
            return 0;
        }

        int count = 1;
        if (request.Kind != RequestKind.Observe)
        {
            UserPlace place = StableHash.PlaceOf(request.UserBytes, partitions.Length);
            Partition partition = partitions[place.Partition];

            // Before anything of it is done: an ACT that were refused later would have been half applied.
            if (request.Kind is RequestKind.Recommend or RequestKind.Act && !partition.TryAdmitList(request))
            {
                request.RetryAfterMs = partition.RetryAfterMs;
                RequestCompletion.Refuse(request, EntryStatus.Overloaded);
                return 0;
            }

            targets[0] = place.Partition;
            request.UserHash = place.Hash;
            foreach (ref RequestEvent asked in request.Events)
            {
                asked.Partition = place.Partition;
                asked.UserHash = place.Hash;
            }
        }
        else if (request.IsPlaced)
        {
            targets[0] = request.Event(0).Partition;
        }
        else if (request.EventCount == 1)
        {
            targets[0] = Place(request, ref request.Event(0));
        }
        else
        {
            count = RouteEvents(request, targets);
        }

        request.ExpectPartitions(count);
        if (count == 0)
        {
            request.Completion.Completed(request);
        }

        return count;
    }

    /// <summary>False: the partition has no room, and the chain's requests are answered so.</summary>
    public bool Push(Partition partition, in RequestChain chain)
    {
        if (partition.TryPush(chain))
        {
            return true;
        }

        int retryAfterMs = partition.RetryAfterMs;
        RequestShare? share = chain.Newest;
        for (int count = chain.Count; count > 0; count--)
        {
            EngineRequest request = share!.Request;
            share = share.Next;
            partition.TakeBack(request);
            RefuseOverloaded(request, partition.Id, retryAfterMs);
        }

        return false;
    }

    private int RouteEvents(EngineRequest request, Span<ushort> targets)
    {
        Span<ulong> touched = stackalloc ulong[PartitionCountMax / 64];
        touched.Clear();
        int count = 0;
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            ushort partition = Place(request, ref asked);
            ulong bit = 1UL << (partition % 64);
            if ((touched[partition / 64] & bit) == 0)
            {
                touched[partition / 64] |= bit;
                targets[count++] = partition;
            }
        }

        return count;
    }

    private ushort Place(EngineRequest request, ref RequestEvent asked)
    {
        UserPlace place = StableHash.PlaceOf(request.Bytes(asked.User), partitions.Length);
        asked.UserHash = place.Hash;
        return asked.Partition = place.Partition;
    }

    private static void RefuseOverloaded(EngineRequest request, ushort partition, int retryAfterMs)
    {
        request.Status = EntryStatus.Overloaded;
        request.RetryAfterMs = retryAfterMs;
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            if (asked.Partition == partition && asked.Status == EntryStatus.Ok)
            {
                asked.Status = EntryStatus.Overloaded;
            }
        }

        RequestCompletion.ShareDone(request);
    }
}
