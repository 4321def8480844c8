namespace Ebb.Engine.Ranking;

/// <summary>A brand, category, content … and how well it fits.</summary>
public readonly record struct RecommendedNode(OpaqueId Id, float Score);
