using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ebb.Host.Tests.Evaluation;

namespace Ebb.Host.Tests.Security;

/// <summary>A root of its own and leaves that it signs, as PEM files in a folder that goes with it.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _serial;

    public TestCertificates()
    {
        var request = new CertificateRequest("CN=test root", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        RootPath = Path.Combine(_folder.Path, "root.pem");
        File.WriteAllText(RootPath, Root.ExportCertificatePem());
    }

    public X509Certificate2 Root { get; }

    public string RootPath { get; }

    /// <summary>Writes NAME.pem and NAME.key; the subject alternative name is the name.</summary>
    public (string Certificate, string Key) Sign(string name, bool isClient, string? file = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ebb test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        string usage = isClient ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1";
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], true));
        using X509Certificate2 signed = request.Create(
            Root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(7), [1, (byte)++_serial]);
        string certificatePath = Path.Combine(_folder.Path, (file ?? name) + ".pem");
        string keyPath = Path.Combine(_folder.Path, (file ?? name) + ".key");
        File.WriteAllText(certificatePath, signed.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (certificatePath, keyPath);
    }

    public void Dispose()
    {
        Root.Dispose();
        _rootKey.Dispose();
        _folder.Dispose();
    }
}
