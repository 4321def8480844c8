using System.Collections.Concurrent;

namespace Ebb.Engine.Batching;

/// <summary>A pooled request that an in-process caller awaits.</summary>
internal sealed class RequestTask : IRequestCompletion
{
    private static readonly ConcurrentBag<EngineRequest> Pool = [];

    private readonly TaskCompletionSource<EngineRequest> _answered =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static EngineRequest Rent(RequestKind kind)
    {
        if (!Pool.TryTake(out EngineRequest? request))
        {
            request = new EngineRequest();
        }

        request.Reset();
        request.Kind = kind;
        return request;
    }

    public static void Return(EngineRequest request) => Pool.Add(request);

    public static Task<EngineRequest> SubmitAsync(RequestRouter router, EngineRequest request)
    {
        var task = new RequestTask();
        request.Completion = task;
        router.Submit(request);
        return task._answered.Task;
    }

    public void Completed(EngineRequest request) => _answered.SetResult(request);
}
