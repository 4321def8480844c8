using Ebb.Engine.Batching;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>
/// A frame's way through the engine: the engine's request and what its reply needs. Pooled per connection.
/// </summary>
internal sealed class WireRequest(EbbConnection connection) : IRequestCompletion
{
    public EngineRequest Engine { get; } = new();

    public Opcode Opcode { get; set; }

    public ulong CorrelationId { get; set; }

    /// <summary>What TryReserve took.</summary>
    public long Cost { get; set; }

    public long ArrivedAt { get; set; }

    /// <summary>The pool's link.</summary>
    public WireRequest? NextFree { get; set; }

    /// <summary>Of the frames that share this request, one an event (<see cref="ObserveRuns"/>); else empty.</summary>
    public List<ulong> Correlations { get; } = [];

    /// <summary>Null unless the frame writes under the connection's session.</summary>
    public DurableTracker.Group? DurableGroup { get; set; }

    public void Completed(EngineRequest request) => connection.Answer(this);

    public void Reset()
    {
        Engine.Reset();
        Correlations.Clear();
        DurableGroup = null;
    }
}
