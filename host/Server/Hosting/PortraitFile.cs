using System.Runtime.InteropServices;
using Ebb.Engine;
using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>
/// The change tree of <c>ebb serve --portrait</c>, else the one of its model: put in force at the start, read again at
/// SIGHUP. A file that cannot be leaves what runs as it is and says why in the log.
/// </summary>
internal sealed partial class PortraitFile : IDisposable
{
    private readonly string _path;
    private readonly InterestEngine _engine;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;

    /// <param name="path">The file.</param>
    /// <param name="engine">Not owned.</param>
    /// <param name="loggers">Where it says what it did.</param>
    /// <param name="isAskedFor">False: it came with a model, which serves without it where it does not fit.</param>
    /// <exception cref="CliException">The file that was asked for cannot be.</exception>
    public PortraitFile(string path, InterestEngine engine, ILoggerFactory loggers, bool isAskedFor = true)
    {
        _path = path;
        _engine = engine;
        _logger = loggers.CreateLogger("Ebb.Server");
        if (isAskedFor)
        {
            Serve();
        }
        else
        {
            Reload();
        }

        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
    }

    /// <exception cref="CliException">It is no tree that this build reads.</exception>
    public static ChangeTree Read(string path)
    {
        try
        {
            return ChangeTreeDocument.Read(File.ReadAllText(path));
        }
        catch (DocumentException problem)
        {
            throw new CliException($"{path}: {problem.Message}", "see ebb portrait --help", problem);
        }
    }

    /// <summary>True if the file is in force now.</summary>
    public bool Reload()
    {
        try
        {
            Serve();
            return true;
        }
        catch (Exception problem) when (problem is CliException or IOException or UnauthorizedAccessException)
        {
            NotReloaded(_logger, _path, ExpectedErrors.OneLine(problem.Message));
            return false;
        }
    }

    public void Dispose() => _registration.Dispose();

    private void Serve()
    {
        ChangeTree tree = Read(_path);
        try
        {
            _engine.SetChangeTree(tree);
        }
        catch (ArgumentException problem)
        {
            throw new CliException(_path, problem.Message, problem);
        }

        Served(_logger, tree.Nodes.Count(node => node.IsLeaf), _path);
    }

    [LoggerMessage(1110, LogLevel.Information, "A change tree of {Count} rules is served with portraits, from {Path}.")]
    private static partial void Served(ILogger logger, int count, string path);

    [LoggerMessage(1111, LogLevel.Error, "{Path} cannot be, what runs stays: {Problem}")]
    private static partial void NotReloaded(ILogger logger, string path, string problem);
}
