using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>A status for each event in the order given. What only a resend made Duplicate is told as Ok.</summary>
public sealed record ObserveResult(IReadOnlyList<StatusCode> Statuses)
{
    public int DoneCount => Statuses.Count(status => status.IsDone());
}
