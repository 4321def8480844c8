using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>A candidate of RANK and the caller's own relevance for it; null for none.</summary>
public readonly record struct EbbCandidate(EbbId Item, float? Relevance = null);
