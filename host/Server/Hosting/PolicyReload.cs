using System.Runtime.InteropServices;
using Ebb.Engine;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>
/// Reads the policy file again at SIGHUP and puts it in force, all its policies at once. A file that cannot be leaves
/// the running policies as they are and says why in the log.
/// </summary>
internal sealed partial class PolicyReload : IDisposable
{
    private readonly string _path;
    private readonly InterestEngine _engine;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;

    public PolicyReload(string path, InterestEngine engine, ILoggerFactory loggers)
    {
        _path = path;
        _engine = engine;
        _logger = loggers.CreateLogger("Ebb.Server");
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
    }

    /// <summary>True if the file is in force now.</summary>
    public bool Reload()
    {
        try
        {
            _engine.SetPolicies(PolicyFiles.ReadPolicies(_path));
            Reloaded(_logger, _engine.Policies.Policies.Count, _path);
            return true;
        }
        catch (Exception problem) when (problem is CliException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            NotReloaded(_logger, _path, ExpectedErrors.OneLine(problem.Message));
            return false;
        }
    }

    public void Dispose() => _registration.Dispose();

    [LoggerMessage(1100, LogLevel.Information, "{Count} policies of {Path} are in force.")]
    private static partial void Reloaded(ILogger logger, int count, string path);

    [LoggerMessage(1101, LogLevel.Error, "The policies of {Path} cannot be, the running ones stay: {Problem}")]
    private static partial void NotReloaded(ILogger logger, string path, string problem);
}
