using Ebb.Engine;
using Ebb.Server.Transport;

namespace Ebb.Server.Hosting;

/// <summary>What <c>ebb serve</c> runs. Immutable.</summary>
public sealed record ServeOptions(EngineOptions Engine, EbbServerOptions Server);
