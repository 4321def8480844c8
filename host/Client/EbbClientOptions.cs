using System.Net;
using System.Net.Security;

namespace Ebb.Client;

/// <summary>How a client connects and what it keeps. Immutable.</summary>
public sealed record EbbClientOptions
{
    public const int DefaultPort = 7878;

    /// <summary>An IPEndPoint or a DnsEndPoint.</summary>
    public required EndPoint Endpoint { get; init; }

    /// <summary>Told to the server. Default "ebb.net".</summary>
    public string Name { get; init; } = "ebb.net";

    /// <summary>At most 32 UTF-8 bytes; empty for the server's only tenant.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Sent as AUTH with every HELLO; null: none. Without TLS whoever sees the network sees it.</summary>
    public EbbToken? Token { get; init; }

    /// <summary>
    /// How to shake hands over TLS: at least TargetHost, the name in the server's certificate. Null: in the clear.
    /// </summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// Marks this client's writes so that a resend never counts twice. 0: a random one is drawn. A process that goes on
    /// where another stopped gives the same session and a higher <see cref="FirstSequence"/>.
    /// </summary>
    public ulong Session { get; init; }

    /// <summary>Sequence of the first event written. Default 1.</summary>
    public ulong FirstSequence { get; init; } = 1;

    /// <summary>Sent as the request's deadline too. Infinite: wait for ever. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For connecting and HELLO together. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reconnect after a loss. False: every later call fails. Default true.</summary>
    public bool Reconnect { get; init; } = true;

    /// <summary>First wait before another try; doubled each time, with jitter. Default 50 ms.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Default 5 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of OBSERVE and ACT frames kept until durable. Past it such a call waits. Default 64 MiB.
    /// </summary>
    public long ResendBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// Requests without an answer; past it a call waits. Default 1024, or what the server takes if less.
    /// </summary>
    public int InFlightMax { get; init; } = 1024;

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
