using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>The server refused a whole request, or no answer came in time (DeadlinePassed).</summary>
public sealed class EbbException(StatusCode status, string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public StatusCode Status { get; } = status;

    /// <summary>When the server wishes to be asked again; null when it said nothing.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsRetryable => Status.IsRetryable();
}
