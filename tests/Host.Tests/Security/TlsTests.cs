using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ebb.Client;
using Ebb.Host.Tests.Transport;
using Ebb.Protocol;
using Ebb.Server.Commands;
using Ebb.Server.Security;
using Xunit;

namespace Ebb.Host.Tests.Security;

/// <summary>TLS 1.3 and mutual TLS with real handshakes over loopback.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Client_OverTls_SpeaksAndReadsLongReplies()
    {
        await using ServerHarness harness = await StartAsync(mutual: false);
        await using EbbClient client = await ConnectAsync(harness, Trusting("ebb.test"));
        for (int round = 0; round < 20; round++)
        {
            await client.ObserveAsync(
                [.. Enumerable.Range(0, 300).Select(user => new EbbEvent($"u{user}", "north", EbbEventType.Click, 1))]);
        }

        Assert.Equal(6000, harness.Engine.Folded.Count);
        await client.PingAsync();
    }

    [Fact]
    public async Task Client_DoesNotBelieveTheServer_DoesNotSpeak()
    {
        await using ServerHarness harness = await StartAsync(mutual: false);
        await Assert.ThrowsAsync<EbbConnectionException>(() => ConnectAsync(harness, Trusting("other.test")));
        await Assert.ThrowsAsync<EbbConnectionException>(
            () => ConnectAsync(harness, new SslClientAuthenticationOptions { TargetHost = "ebb.test" }));
    }

    [Fact]
    public async Task Client_OlderTlsOrInTheClear_IsNotServed()
    {
        await using ServerHarness harness = await StartAsync(mutual: false);
        SslClientAuthenticationOptions older = Trusting("ebb.test");
        older.EnabledSslProtocols = SslProtocols.Tls12;
        await Assert.ThrowsAsync<EbbConnectionException>(() => ConnectAsync(harness, older));
        using RawConnection clear = await harness.ConnectAsync(isGreeted: false);
        await clear.SendAsync(Frames.Hello());
        clear.CloseSending();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Until.TrueAsync(() => harness.Server.ConnectionCount == 0);
        Assert.Empty(harness.Engine.Folded);
    }

    [Fact]
    public async Task MutualTls_NameOfTheCertificate_IsTheIdentity()
    {
        AccessControl access = AccessControl.Of(
            new AccessEntry("edge", EbbRole.Writer, [], "edge.internal", "shop"u8.ToArray()));
        await using ServerHarness harness = await StartAsync(mutual: true, access);
        await using (EbbClient edge = await ConnectAsync(harness, WithCertificate("edge.internal")))
        {
            await edge.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, 1)]);
            EbbException refused = await Assert.ThrowsAsync<EbbException>(() => edge.RemoveItemsAsync(["north"]));
            Assert.Equal(StatusCode.NotAllowed, refused.Status);
        }

        await using EbbClient unknown = await ConnectAsync(harness, WithCertificate("other.internal"));
        EbbException stranger = await Assert.ThrowsAsync<EbbException>(
            () => unknown.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, 1)]));
        Assert.Equal(StatusCode.AuthRequired, stranger.Status);
        Assert.Single(harness.Engine.Folded);
    }

    [Fact]
    public async Task MutualTls_NoOrForeignCertificate_IsNotServed()
    {
        await using ServerHarness harness = await StartAsync(mutual: true);
        using var foreign = new TestCertificates();
        (string certificate, string key) = foreign.Sign("edge.internal", isClient: true);
        SslClientAuthenticationOptions stranger = Trusting("ebb.test");
        stranger.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        await AssertNotServedAsync(harness, Trusting("ebb.test"));
        await AssertNotServedAsync(harness, stranger);

        // Signed by the right root, but for servers.
        (certificate, key) = _certificates.Sign("server.internal", isClient: false);
        stranger = Trusting("ebb.test");
        stranger.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        await AssertNotServedAsync(harness, stranger);
    }

    [Fact]
    public async Task Reload_NewCertificate_IsShownToTheNextHandshakeAndABadOneIsNot()
    {
        (string certificate, string key) = _certificates.Sign("ebb.test", isClient: false, "server");
        TlsMaterial material = TlsMaterial.Load(certificate, key, null);
        await using ServerHarness harness = await ServerHarness.StartAsync(options => options with { Tls = material });
        await using EbbClient before = await ConnectAsync(harness, Trusting("ebb.test"));

        _certificates.Sign("new.test", isClient: false, "server");
        material.Reload();
        await using EbbClient after = await ConnectAsync(harness, Trusting("new.test"));
        await Assert.ThrowsAsync<EbbConnectionException>(() => ConnectAsync(harness, Trusting("ebb.test")));
        await before.PingAsync();

        await File.WriteAllTextAsync(certificate, "no certificate", TestContext.Current.CancellationToken);
        CliException refused = Assert.Throws<CliException>(material.Reload);
        Assert.DoesNotContain("PRIVATE", refused.Message);
        await using EbbClient still = await ConnectAsync(harness, Trusting("new.test"));
    }

    [Fact]
    public async Task Handshake_NeverEnded_IsClosedInTime()
    {
        var clock = new ManualClock();
        (string certificate, string key) = _certificates.Sign("ebb.test", isClient: false);
        await using ServerHarness harness = await ServerHarness.StartAsync(
            options => options with { Tls = TlsMaterial.Load(certificate, key, null), Clock = clock });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(harness.Endpoint);
        byte[] halfOfARecord = [22, 3, 1, 2, 0, 1];
        await socket.SendAsync(halfOfARecord);
        Task<int> closed = socket.ReceiveAsync(new byte[16]);
        while (!closed.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(6));
            await Task.WhenAny(closed, Task.Delay(10));
        }

        Assert.True(closed.IsFaulted || await closed == 0);
    }

    private static async Task AssertNotServedAsync(ServerHarness harness, SslClientAuthenticationOptions options)
    {
        // In TLS 1.3 a client may believe that it is in before the server has looked at its certificate.
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(harness, options));
        Assert.IsType<EbbConnectionException>(refused);
    }

    private async Task<ServerHarness> StartAsync(bool mutual, AccessControl? access = null)
    {
        (string certificate, string key) = _certificates.Sign("ebb.test", isClient: false);
        TlsMaterial material = TlsMaterial.Load(certificate, key, mutual ? _certificates.RootPath : null);
        return await ServerHarness.StartAsync(options => options with { Tls = material, Access = access });
    }

    private static Task<EbbClient> ConnectAsync(ServerHarness harness, SslClientAuthenticationOptions tls) =>
        EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = harness.Endpoint, Tls = tls, Reconnect = false });

    private SslClientAuthenticationOptions Trusting(string host)
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        chain.CustomTrustStore.Add(_certificates.Root);
        return new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = chain };
    }

    private SslClientAuthenticationOptions WithCertificate(string name)
    {
        (string certificate, string key) = _certificates.Sign(name, isClient: true);
        SslClientAuthenticationOptions options = Trusting("ebb.test");
        options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        return options;
    }
}
