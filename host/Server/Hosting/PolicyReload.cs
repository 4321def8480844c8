using System.Runtime.InteropServices;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>
/// Reads the policy file and the memory schema's file again at SIGHUP and puts both in force, all policies at once.
/// A file that cannot be leaves what runs as it is and says why in the log. A changed schema rebuilds users while
/// serving.
/// </summary>
internal sealed partial class PolicyReload : IDisposable
{
    private readonly string? _policyPath;
    private readonly string? _schemaPath;
    private readonly InterestEngine _engine;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;

    /// <param name="policyPath">Null: the policies stay.</param>
    /// <param name="schemaPath">Null: the schema stays.</param>
    /// <param name="engine">Not owned.</param>
    /// <param name="loggers">Where it says what it did.</param>
    public PolicyReload(string? policyPath, string? schemaPath, InterestEngine engine, ILoggerFactory loggers)
    {
        _policyPath = policyPath;
        _schemaPath = schemaPath;
        _engine = engine;
        _logger = loggers.CreateLogger("Ebb.Server");
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            ReloadAsync().GetAwaiter().GetResult();
        });
    }

    /// <summary>True if the files are in force now.</summary>
    public async Task<bool> ReloadAsync()
    {
        string paths = string.Join(" and ", new[] { _policyPath, _schemaPath }.Where(path => path is not null));
        try
        {
            PolicySet? policies = _policyPath is null ? null : PolicyFiles.ReadPolicies(_policyPath);
            MemorySchema? schema = _schemaPath is null ? null : PolicyFiles.ReadMemorySchema(_schemaPath);
            if (schema is not null)
            {
                await _engine.ChangeSchemaAsync(schema, policies);
            }
            else if (policies is not null)
            {
                _engine.SetPolicies(policies);
            }

            Reloaded(_logger, _engine.Policies.Policies.Count, _engine.Schema.Number, paths);
            return true;
        }
        catch (Exception problem) when (problem is CliException or ArgumentException or IOException
            or UnauthorizedAccessException or InvalidOperationException)
        {
            NotReloaded(_logger, paths, ExpectedErrors.OneLine(problem.Message));
            return false;
        }
    }

    public void Dispose() => _registration.Dispose();

    [LoggerMessage(
        1100, LogLevel.Information, "{Count} policies and memory schema number {Number} are in force, from {Paths}.")]
    private static partial void Reloaded(ILogger logger, int count, uint number, string paths);

    [LoggerMessage(1101, LogLevel.Error, "{Paths} cannot be, what runs stays: {Problem}")]
    private static partial void NotReloaded(ILogger logger, string paths, string problem);
}
