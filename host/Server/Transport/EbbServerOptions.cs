using System.Net;
using Ebb.Protocol;
using Ebb.Server.Security;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport;

/// <summary>Where the server listens and what it bears. Immutable.</summary>
public sealed record EbbServerOptions
{
    public const int DefaultPort = 7878;

    /// <summary>Port 0: a free one; <see cref="EbbServer.Endpoint"/> then says which. Default 127.0.0.1:7878.</summary>
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, DefaultPort);

    /// <summary>Told in HELLO. Default "ebb/0.1".</summary>
    public string Name { get; init; } = "ebb/0.1";

    public ProtocolLimits Limits { get; init; } = new();

    /// <summary>What brings the bytes. Default Auto.</summary>
    public SocketTransport Transport { get; init; }

    /// <summary>
    /// Threads that serve sockets, where the transport is Epoll. Default 0: as many as serve the load of the moment
    /// best, one a processor at most.
    /// </summary>
    public int SocketThreadCount { get; init; }

    /// <summary>Connections at once; one more is told Overloaded and closed. Default 12,000.</summary>
    public int ConnectionCountMax { get; init; } = 12_000;

    /// <summary>
    /// Connections that one address may have, an IPv6 address as its /64. This machine's own are not counted. Default
    /// 1024.
    /// </summary>
    public int ConnectionsPerAddressMax { get; init; } = 1024;

    /// <summary>This machine's own connections count as an address's too. Default false.</summary>
    public bool CountsLoopback { get; init; }

    /// <summary>Who is let in; null: anybody who can connect.</summary>
    public AccessControl? Access { get; init; }

    /// <summary>Null: in the clear.</summary>
    public TlsMaterial? Tls { get; init; }

    /// <summary>
    /// Listen beyond this machine although anybody would be let in. Default false: such a start is refused.
    /// </summary>
    public bool IsUnprotected { get; init; }

    /// <summary>How a user's id becomes the engine's key. Default: as it is.</summary>
    public UserKeys UserKeys { get; init; } = UserKeys.Plain;

    /// <summary>Where BACKUP makes folders; null: it is refused.</summary>
    public string? BackupFolder { get; init; }

    /// <summary>
    /// Bytes that may wait in buffers over all connections; past it requests are told Overloaded and whoever holds most
    /// is closed. Default 1 GiB.
    /// </summary>
    public long BufferedBytesMax { get; init; } = 1L << 30;

    /// <summary>Users that one connection may subscribe to. Default 1024.</summary>
    public int SubscriptionCountMax { get; init; } = 1024;

    /// <summary>
    /// A connection that has not said HELLO, and AUTH where it is asked for, by then is closed; as long again has the
    /// TLS handshake before. Default 5 s.
    /// </summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer that takes no bytes of a reply for this long is closed. Default 30 s.</summary>
    public TimeSpan SlowReaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What StopAsync gives requests in flight before connections are aborted. Default 10 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the time limits above; deadlines of requests follow the engine's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory? LoggerFactory { get; init; }

    // TLS wants whole pipes around its stream, and there Kestrel's are as good.
    internal bool UsesEpoll => OperatingSystem.IsLinux() && Tls is null && Transport != SocketTransport.Kestrel;
}
