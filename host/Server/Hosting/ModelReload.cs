using System.Runtime.InteropServices;
using Ebb.Engine;
using Ebb.Engine.Encoders;
using Ebb.Server.Commands;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>
/// Reads the model bundle again at SIGHUP and, where its manifest is another than the one in force, swaps it in while
/// serving. A bundle that cannot be leaves what runs as it is and says why in the log.
/// </summary>
internal sealed partial class ModelReload : IDisposable
{
    private readonly string _folder;
    private readonly string _provider;
    private readonly InterestEngine _engine;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration _registration;
    private byte[] _manifest;

    /// <param name="folder">Of the bundle in force.</param>
    /// <param name="provider">One of <see cref="ModelChoice.Providers"/>.</param>
    /// <param name="engine">Not owned.</param>
    /// <param name="loggers">Where it says what it did.</param>
    public ModelReload(string folder, string provider, InterestEngine engine, ILoggerFactory loggers)
    {
        _folder = folder;
        _provider = provider;
        _engine = engine;
        _logger = loggers.CreateLogger("Ebb.Model");
        _manifest = File.ReadAllBytes(ManifestPath);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            ReloadAsync().GetAwaiter().GetResult();
        });
    }

    private string ManifestPath => Path.Combine(_folder, BundleManifest.FileName);

    /// <summary>True if the bundle is in force now.</summary>
    public async Task<bool> ReloadAsync()
    {
        SequenceEncoder? encoder = null;
        try
        {
            byte[] manifest = await File.ReadAllBytesAsync(ManifestPath);
            if (manifest.AsSpan().SequenceEqual(_manifest))
            {
                return true;
            }

            encoder = ModelChoice.Load(_folder, _provider, _logger);
            await _engine.ChangeModelAsync(encoder);
            encoder = null;
            _manifest = manifest;
            return true;
        }
        catch (Exception problem) when (problem is BundleException or ArgumentException or InvalidOperationException
            or IOException or UnauthorizedAccessException)
        {
            NotReloaded(_logger, _folder, ExpectedErrors.OneLine(problem.Message));
            return false;
        }
        finally
        {
            encoder?.Dispose();
        }
    }

    public void Dispose() => _registration.Dispose();

    [LoggerMessage(1111, LogLevel.Error, "{Folder} cannot be, the model that runs stays: {Problem}")]
    private static partial void NotReloaded(ILogger logger, string folder, string problem);
}
