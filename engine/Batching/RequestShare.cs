namespace Ebb.Engine.Batching;

/// <summary>
/// What one partition has to do of a request: a link in that partition's inbox. Owned by the request and used again
/// with it, so a queue of any length allocates nothing.
/// </summary>
internal sealed class RequestShare(EngineRequest request)
{
    public EngineRequest Request => request;

    public RequestShare? Next { get; set; }
}
