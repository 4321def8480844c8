using System.Text;
using Ebb.Protocol;

namespace Ebb.Client.Internal;

/// <summary>The exceptions that a call may end with, and their words.</summary>
internal static class Failures
{
    public static EbbException Expired() =>
        new(StatusCode.DeadlinePassed, "No answer came within the request's timeout.");

    public static EbbException Refused(in FrameHeader header, in TaggedFields fields)
    {
        TimeSpan? retryAfter = fields.RetryAfterMs == 0 ? null : TimeSpan.FromMilliseconds(fields.RetryAfterMs);
        string message = Encoding.UTF8.GetString(fields.Message);
        return new EbbException(header.Status, $"{header.Status}: {message}", retryAfter);
    }

    public static Exception Closed(Exception reason) => reason is ObjectDisposedException
        ? new ObjectDisposedException(nameof(EbbClient))
        : new EbbConnectionException(reason.Message, reason);
}
