namespace Ebb.Engine.Batching;

/// <summary>Shares for one partition on their way into its inbox, newest first. Mutable struct; one thread.</summary>
internal struct RequestChain
{
    public RequestShare? Newest { get; private set; }

    public RequestShare? Oldest { get; private set; }

    public int Count { get; private set; }

    public int Weight { get; private set; }

    public void Add(RequestShare share)
    {
        share.Next = Newest;
        Newest = share;
        Oldest ??= share;
        Count++;
        Weight += share.Request.Weight;
    }
}
