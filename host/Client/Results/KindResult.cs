using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>The nodes of a kind that fit the user best, best first; the score now is Score·2^Log2Scale of the list.
/// </summary>
public sealed record KindResult(IReadOnlyList<EbbNode> Nodes);

/// <summary>A brand, category, content … and how well it fits.</summary>
public readonly record struct EbbNode(EbbId Id, float Score);
