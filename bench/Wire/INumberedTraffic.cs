namespace Ebb.Bench.Wire;

/// <summary>Traffic whose replies name the request that they answer, so that they may come in any order.</summary>
internal interface INumberedTraffic : IPeerTraffic
{
    /// <summary>Of the request written last; they count from 1.</summary>
    public ulong LastNumber { get; }

    /// <summary>Of the request that a whole reply answers.</summary>
    public ulong NumberOf(ReadOnlySpan<byte> reply);

    /// <summary>When the events of the next requests happen, ms since 1970.</summary>
    public void SetTime(long nowMs);
}
