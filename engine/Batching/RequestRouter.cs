using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>Hands a request to the partitions of its users. Any thread; allocates nothing.</summary>
internal sealed class RequestRouter(Partition[] partitions)
{
    public const int PartitionCountMax = 256;

    private volatile bool _closed;

    /// <summary>From here on every request is answered ShuttingDown.</summary>
    public void Close() => _closed = true;

    public void Submit(EngineRequest request)
    {
        if (request.Completion is null)
        {
            throw new ArgumentException("a request needs a Completion", nameof(request));
        }

        if (_closed)
        {
            RequestCompletion.Refuse(request, EntryStatus.ShuttingDown);
            return;
        }

        if (request.Kind == RequestKind.Observe)
        {
            SubmitToMany(request);
            return;
        }

        ushort partition = StableHash.PartitionOf(request.UserBytes, partitions.Length);
        for (int index = 0; index < request.EventCount; index++)
        {
            request.Event(index).Partition = partition;
        }

        request.ExpectPartitions(1);
        Enqueue(request, partition);
    }

    private void SubmitToMany(EngineRequest request)
    {
        Span<bool> touched = stackalloc bool[PartitionCountMax];
        touched.Clear();
        int touchedCount = 0;
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            asked.Partition = StableHash.PartitionOf(request.Bytes(asked.User), partitions.Length);
            if (!touched[asked.Partition])
            {
                touched[asked.Partition] = true;
                touchedCount++;
            }
        }

        if (touchedCount == 0)
        {
            request.Completion!.Completed(request);
            return;
        }

        request.ExpectPartitions(touchedCount);
        for (ushort partition = 0; touchedCount > 0; partition++)
        {
            if (touched[partition])
            {
                // Counted down first: the last share that is enqueued may answer and recycle the request at once.
                touchedCount--;
                Enqueue(request, partition);
            }
        }
    }

    private void Enqueue(EngineRequest request, ushort partition)
    {
        if (partitions[partition].TryEnqueue(request))
        {
            return;
        }

        request.Status = EntryStatus.Overloaded;
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
