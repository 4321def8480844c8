namespace Ebb.Server.Transport;

/// <summary>
/// Lets the runtime's socket threads (one a processor) go on with what was waited for, instead of handing it to the
/// thread pool: of the processor time of a lone OBSERVE a fifth was that hand-over. For a process that does nothing but
/// serve: a caller's code that blocked on a socket of the same process would wait for ever.
/// </summary>
internal static class InlineSockets
{
    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first socket of the process; what the environment says already stands.</summary>
    public static void Enable()
    {
        if (Environment.GetEnvironmentVariable(Setting) is null)
        {
            Environment.SetEnvironmentVariable(Setting, "1");
        }
    }
}
