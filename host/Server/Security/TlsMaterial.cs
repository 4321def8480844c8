using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ebb.Server.Commands;

namespace Ebb.Server.Security;

/// <summary>
/// The server's certificate and, for mutual TLS, whose clients' are believed; from PEM files that are read again on
/// <see cref="Reload"/>. TLS 1.3 alone. Any thread: a handshake takes what is in force when it begins.
/// </summary>
public sealed class TlsMaterial
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly (string Certificate, string Key, string? ClientCa) _paths;
    private volatile SslServerAuthenticationOptions _options;

    private TlsMaterial((string Certificate, string Key, string? ClientCa) paths)
    {
        _paths = paths;
        _options = Read();
    }

    /// <summary>Every client must have a certificate.</summary>
    public bool IsMutual => _paths.ClientCa is not null;

    internal SslServerAuthenticationOptions Options => _options;

    /// <param name="certificatePath">The chain, PEM.</param>
    /// <param name="keyPath">Its private key, PEM.</param>
    /// <param name="clientCaPath">Roots of the clients' certificates, PEM; null: clients need none.</param>
    /// <exception cref="CliException">A file cannot be read or holds something else; never quotes a key.</exception>
    public static TlsMaterial Load(string certificatePath, string keyPath, string? clientCaPath) =>
        new((certificatePath, keyPath, clientCaPath));

    /// <summary>New handshakes meet the new files. Files that cannot be read throw and change nothing.</summary>
    public void Reload() => _options = Read();

    private SslServerAuthenticationOptions Read()
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_paths.Certificate, _paths.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(_paths.Certificate);
            return new SslServerAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
                ClientCertificateRequired = _paths.ClientCa is not null,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = Validation(),
                AllowRenegotiation = false,
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException
            or CryptographicException or ArgumentException)
        {
            throw new CliException(
                $"the certificate {_paths.Certificate} with its key, or the client CA, cannot be read",
                "give PEM files that belong together", failure);
        }
    }

    private RemoteCertificateValidationCallback? Validation()
    {
        if (_paths.ClientCa is null)
        {
            return null;
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(_paths.ClientCa);
        return (_, certificate, _, _) => certificate is not null && IsBelieved(roots, certificate);
    }

    private static bool IsBelieved(X509Certificate2Collection roots, X509Certificate certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }
}
