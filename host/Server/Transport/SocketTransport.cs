namespace Ebb.Server.Transport;

/// <summary>What stands between sockets and frames.</summary>
public enum SocketTransport
{
    /// <summary>Epoll on Linux without TLS, Kestrel otherwise.</summary>
    Auto,

    /// <summary>Kestrel's sockets and pipes: every system, and TLS.</summary>
    Kestrel,
}
