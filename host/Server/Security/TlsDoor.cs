using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ebb.Server.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Security;

/// <summary>
/// A step of Kestrel's connection pipeline: shakes hands and puts clear pipes in the place of the encrypted ones. A
/// stranger gets <see cref="EbbServerOptions.HelloTimeout"/> for the handshake, and only so many at once.
/// </summary>
internal sealed class TlsDoor(TlsMaterial material, EbbServerOptions options, ILogger logger)
{
    /// <summary>Handshakes at once: each costs a signature and some 50 KiB, and is the stranger's to ask.</summary>
    private const int HandshakeCountMax = 256;

    private int _handshakes;

    public async Task OnConnectedAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe encrypted = connection.Transport;
        await using var stream = new SslStream(new DuplexStream(encrypted), leaveInnerStreamOpen: false);
        if (!await TryShakeAsync(stream, connection))
        {
            return;
        }

        if (stream.RemoteCertificate is X509Certificate certificate)
        {
            connection.Features.Set(new PeerCertificate(NamesOf(certificate)));
        }

        var clear = new ClearPipes(PipeReader.Create(stream), PipeWriter.Create(stream));
        connection.Transport = clear;
        try
        {
            await next(connection);
            await stream.ShutdownAsync();
        }
        catch (Exception failure) when (failure is IOException or ConnectionAbortedException
            or InvalidOperationException or OperationCanceledException)
        {
            // The peer is gone before the last record.
        }
        finally
        {
            connection.Transport = encrypted;
        }
    }

    private async Task<bool> TryShakeAsync(SslStream stream, ConnectionContext connection)
    {
        try
        {
            if (Interlocked.Increment(ref _handshakes) > HandshakeCountMax)
            {
                SecurityLog.HandshakeRefused(logger, connection.ConnectionId, "too many at once");
                return false;
            }

            using var limit = new CancellationTokenSource(options.HelloTimeout, options.Clock);
            await stream.AuthenticateAsServerAsync(material.Options, limit.Token);
            return true;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException
            or OperationCanceledException or ConnectionAbortedException)
        {
            SecurityLog.HandshakeRefused(logger, connection.ConnectionId, failure.GetType().Name);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
    }

    private static string[] NamesOf(X509Certificate certificate)
    {
        using var presented = new X509Certificate2(certificate);
        return
        [
            .. presented.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(names => names.EnumerateDnsNames()),
        ];
    }

    private sealed class ClearPipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
