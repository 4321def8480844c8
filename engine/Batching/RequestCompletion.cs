namespace Ebb.Engine.Batching;

/// <summary>The one place where a request goes back to its caller.</summary>
internal static class RequestCompletion
{
    /// <summary>One partition's share is done; the last one answers.</summary>
    public static void ShareDone(EngineRequest request)
    {
        if (request.PartitionDone())
        {
            request.Completion!.Completed(request);
        }
    }

    /// <summary>Answers a request that never reached a partition.</summary>
    public static void Refuse(EngineRequest request, EntryStatus status)
    {
        request.Status = status;
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            asked.Status = asked.Status == EntryStatus.Ok ? status : asked.Status;
        }

        request.Completion!.Completed(request);
    }
}
