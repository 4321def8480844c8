using Ebb.Engine;
using Ebb.Engine.Encoders;
using Ebb.Server.Transport;

namespace Ebb.Server.Hosting;

/// <summary>What <c>ebb serve</c> runs. Immutable.</summary>
public sealed record ServeOptions(EngineOptions Engine, EbbServerOptions Server)
{
    /// <summary>The sequence encoder, whose item vectors the items get before the first request; null: none.</summary>
    public SequenceEncoder? Encoder { get; init; }
}
