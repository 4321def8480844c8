using System.Runtime.InteropServices;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Security;

/// <summary>
/// Reads certificates and access file again at SIGHUP. What cannot be read leaves what is in force, and says so.
/// </summary>
internal sealed class SecurityReload : IDisposable
{
    private readonly TlsMaterial? _tls;
    private readonly AccessControl? _access;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;

    public SecurityReload(TlsMaterial? tls, AccessControl? access, ILoggerFactory loggers)
    {
        _tls = tls;
        _access = access;
        _logger = loggers.CreateLogger("Ebb.Server.Security");
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
    }

    /// <summary>True if the files are in force now.</summary>
    public bool Reload()
    {
        try
        {
            _tls?.Reload();
            _access?.Reload();
            SecurityLog.Reloaded(_logger);
            return true;
        }
        catch (CliException problem)
        {
            SecurityLog.NotReloaded(_logger, ExpectedErrors.OneLine(problem.Message));
            return false;
        }
    }

    public void Dispose() => _registration.Dispose();
}
