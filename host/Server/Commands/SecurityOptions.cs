using System.CommandLine;
using Ebb.Engine.Encryption;
using Ebb.Server.Security;
using Ebb.Server.Transport;

namespace Ebb.Server.Commands;

/// <summary>The options of <c>ebb serve</c> that say who is let in and how.</summary>
internal sealed class SecurityOptions
{
    private const int ConnectionCountMax = 1_000_000;

    private static readonly EbbServerOptions Defaults = new();

    private readonly Option<string?> _access = new("--access")
    {
        Description = "Who is let in, as what: lines made with ebb token. SIGHUP reads it again.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _certificate = new("--tls-cert")
    {
        Description = "Certificate chain, PEM: TLS 1.3 and nothing else. SIGHUP reads it again.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--tls-key")
    {
        Description = "Its private key, PEM.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _clientCa = new("--tls-client-ca")
    {
        Description = "Roots of clients' certificates, PEM: every client must have one.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _unprotected = new("--unprotected")
    {
        Description = "Listen beyond this machine although nobody is asked who they are.",
    };

    private readonly Option<string?> _userKeySecret = new("--user-key-secret")
    {
        Description = "32 random bytes or more, outside the folder: users are kept by HMAC-SHA256 of their ids."
            + " Fixed for a folder.",
        HelpName = "FILE",
    };

    private readonly EncryptionKeyOption _encryption = new();

    private readonly Option<string?> _backupFolder = new("--backup-folder")
    {
        Description = "Where BACKUP may make folders. Left out: it is refused.",
        HelpName = "DIR",
    };

    private readonly Option<int> _connections = CommandOptions.Count(
        "--connections", "Connections at once.", (1, ConnectionCountMax), Defaults.ConnectionCountMax);

    private readonly Option<int> _perAddress = CommandOptions.Count(
        "--connections-per-address", "Of one address; this machine's own are not counted.", (1, ConnectionCountMax),
        Defaults.ConnectionsPerAddressMax);

    public void AddTo(Command command)
    {
        command.Options.Add(_access);
        command.Options.Add(_certificate);
        command.Options.Add(_key);
        command.Options.Add(_clientCa);
        command.Options.Add(_unprotected);
        command.Options.Add(_userKeySecret);
        command.Options.Add(_encryption.Option);
        command.Options.Add(_backupFolder);
        command.Options.Add(_connections);
        command.Options.Add(_perAddress);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(_certificate) is null) != (result.GetValue(_key) is null))
            {
                result.AddError("--tls-cert and --tls-key belong together: give both or none.");
            }
            else if (result.GetValue(_clientCa) is not null && result.GetValue(_certificate) is null)
            {
                result.AddError("--tls-client-ca needs --tls-cert and --tls-key.");
            }
        });
    }

    /// <summary>Null: the folder is kept in the clear.</summary>
    public EncryptionKey? EncryptionKey(ParseResult parsed, string? folder) => _encryption.Read(parsed, folder);

    public EbbServerOptions Apply(EbbServerOptions options, ParseResult parsed) => options with
    {
        Access = parsed.GetValue(_access) is { } access ? AccessControl.Load(access) : null,
        Tls = parsed.GetValue(_certificate) is { } certificate
            ? TlsMaterial.Load(certificate, parsed.GetValue(_key)!, parsed.GetValue(_clientCa))
            : null,
        IsUnprotected = parsed.GetValue(_unprotected),
        UserKeys = parsed.GetValue(_userKeySecret) is { } secret ? UserKeys.Load(secret) : UserKeys.Plain,
        BackupFolder = parsed.GetValue(_backupFolder) is { } folder ? Path.GetFullPath(folder) : null,
        ConnectionCountMax = parsed.GetValue(_connections),
        ConnectionsPerAddressMax = parsed.GetValue(_perAddress),
    };
}
