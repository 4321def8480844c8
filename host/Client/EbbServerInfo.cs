using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>What the server told in its last HELLO reply.</summary>
public sealed record EbbServerInfo
{
    /// <summary>Name and version, such as "ebb/0.1".</summary>
    public required string Name { get; init; }

    /// <summary>The protocol version agreed on.</summary>
    public required byte Version { get; init; }

    /// <summary>D of the item vectors.</summary>
    public required int Dimension { get; init; }

    public required ulong CatalogueGeneration { get; init; }

    public required ProtocolLimits Limits { get; init; }
}
