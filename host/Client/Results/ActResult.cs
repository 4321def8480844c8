using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>The events' statuses in the order given, and a list that reflects them.</summary>
public sealed record ActResult(IReadOnlyList<StatusCode> Statuses, RecommendResult List);
