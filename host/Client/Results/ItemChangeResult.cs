using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>A status for each item; the generation in which they are visible, 0 while they are only staged.</summary>
public sealed record ItemChangeResult(IReadOnlyList<StatusCode> Statuses, ulong Generation)
{
    /// <summary>Why entries were refused, where the server says more than the status: the bytes of
    /// OutOfMemory.</summary>
    public string? Message { get; init; }
}
