using System.Net;
using Ebb.Protocol;
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

    /// <summary>Connections at once; one more is told Overloaded and closed. Default 12,000.</summary>
    public int ConnectionCountMax { get; init; } = 12_000;

    /// <summary>Users that one connection may subscribe to. Default 1024.</summary>
    public int SubscriptionCountMax { get; init; } = 1024;

    /// <summary>A connection that has not said HELLO by then is closed. Default 5 s.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer that takes no bytes of a reply for this long is closed. Default 30 s.</summary>
    public TimeSpan SlowReaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What StopAsync gives requests in flight before connections are aborted. Default 10 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the time limits above; deadlines of requests follow the engine's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory? LoggerFactory { get; init; }
}
