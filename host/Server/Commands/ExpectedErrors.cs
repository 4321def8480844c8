using System.Net.Sockets;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Encoders;
using Ebb.Engine.Log;
using Ebb.Evaluation;
using Ebb.Kernels.Memory;
using Ebb.Server.Transport;

namespace Ebb.Server.Commands;

/// <summary>Which exceptions a user can solve, and the one line that each becomes. Others are our faults.</summary>
internal static class ExpectedErrors
{
    /// <summary>ENOSPC as the runtime reports it on Unix, and ERROR_DISK_FULL.</summary>
    private const int DiskFullUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>The line to print, or null for an exception that nobody expected.</summary>
    public static string? Describe(Exception exception) => exception switch
    {
        CliException or EngineStartException or EventLogException or EbbServerStartException => exception.Message,
        BundleException => exception.Message,
        DataFileException => exception.Message.TrimEnd('.') + ": check the file",
        MemoryBudgetExceededException => exception.Message,
        EbbConnectionException => exception.Message + ": is the server running there (ebb serve --listen)?",
        EbbException refused => $"the server refused ({refused.Status}): {refused.Message}",
        FileNotFoundException missing => $"{missing.FileName ?? missing.Message}: not found; check the path",
        DirectoryNotFoundException => exception.Message + ": check the path",
        UnauthorizedAccessException => exception.Message + ": check its permissions",
        IOException { HResult: DiskFullUnix or DiskFullWindows } =>
            exception.Message + ": free some space and start again",
        IOException => exception.Message + ": check the path and the disk",
        SocketException => exception.Message + ": check the address",
        AggregateException { InnerExceptions: [Exception only] } => Describe(only),
        _ => null,
    };

    /// <summary>One line, whatever a message held.</summary>
    public static string OneLine(string text) => string.Join(
        ' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
