using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ebb.Client;

namespace Ebb.Server.Commands;

/// <summary>
/// The options of commands that call a running server. A token comes from a file or the environment, never from the
/// command line, which every process of the machine can read.
/// </summary>
internal sealed class ConnectOptions
{
    private const string TokenVariable = "EBB_TOKEN";

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"A file with the token; without it the environment's {TokenVariable}.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _ca = new("--tls-ca")
    {
        Description = "Connect over TLS and believe the roots in this PEM file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _name = new("--tls-name")
    {
        Description = "The name in the server's certificate; left out: the host of --server.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _certificate = new("--tls-cert")
    {
        Description = "This client's certificate, PEM, for mutual TLS.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--tls-key")
    {
        Description = "Its private key, PEM.",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_tokenFile);
        command.Options.Add(_ca);
        command.Options.Add(_name);
        command.Options.Add(_certificate);
        command.Options.Add(_key);
    }

    public EndPoint Server(ParseResult parsed) => parsed.GetValue(_server)!;

    public EbbClientOptions Read(ParseResult parsed, string name) => new()
    {
        Endpoint = Server(parsed),
        Name = name,
        Token = ReadToken(parsed),
        Tls = parsed.GetValue(_ca) is { } ca ? ReadTls(parsed, ca) : null,
    };

    private EbbToken? ReadToken(ParseResult parsed)
    {
        if (parsed.GetValue(_tokenFile) is not { } path)
        {
            return Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } text ? text : null;
        }

        string token = File.ReadAllText(path).Trim();
        return token.Length > 0 ? token : throw new CliException($"{path} is empty", "write the token into it");
    }

    private SslClientAuthenticationOptions ReadTls(ParseResult parsed, string ca)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(ca);
            var chain = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            chain.CustomTrustStore.AddRange(roots);
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = parsed.GetValue(_name) ?? HostOf(Server(parsed)),
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = chain,
            };
            if (parsed.GetValue(_certificate) is { } certificate)
            {
                options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, parsed.GetValue(_key))];
            }

            return options;
        }
        catch (CryptographicException failure)
        {
            throw new CliException("the PEM files cannot be read", "give files that belong together", failure);
        }
    }

    private static string HostOf(EndPoint server) =>
        server is DnsEndPoint named ? named.Host : ((IPEndPoint)server).Address.ToString();
}
