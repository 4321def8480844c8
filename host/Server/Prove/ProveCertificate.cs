using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ebb.Server.Prove;

/// <summary>A certificate of this run alone, which signs itself.</summary>
internal static class ProveCertificate
{
    public const string Host = "prove.ebb";

    /// <summary>Writes cert.pem and key.pem into a folder.</summary>
    public static (string Certificate, string Key) Write(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 own =
            request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        string certificatePath = Path.Combine(folder, "cert.pem");
        string keyPath = Path.Combine(folder, "key.pem");
        File.WriteAllText(certificatePath, own.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (certificatePath, keyPath);
    }

    public static SslClientAuthenticationOptions Trusting(string certificatePath)
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        chain.CustomTrustStore.ImportFromPemFile(certificatePath);
        return new SslClientAuthenticationOptions { TargetHost = Host, CertificateChainPolicy = chain };
    }
}
