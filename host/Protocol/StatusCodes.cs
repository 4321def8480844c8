namespace Ebb.Protocol;

/// <summary>Questions about a status that both ends ask.</summary>
public static class StatusCodes
{
    /// <summary>Highest code that means "done".</summary>
    public const StatusCode DoneMax = (StatusCode)15;

    /// <summary>Done: folded, put, answered, or done before.</summary>
    public static bool IsDone(this StatusCode status) => status <= DoneMax;

    /// <summary>The same request may succeed later, unchanged but for its sequence.</summary>
    public static bool IsRetryable(this StatusCode status) => status is
        StatusCode.DeadlinePassed or StatusCode.Overloaded or StatusCode.StorageFailed or StatusCode.OutOfMemory
        or StatusCode.ShuttingDown;
}
