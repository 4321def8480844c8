namespace Ebb.Engine.Recovery;

/// <summary>Writes and publishes a base of the whole engine while it serves.</summary>
internal sealed class BaseExporter
{
    public DateTimeOffset? LastExport { get; private set; }

    public void Start() => LastExport = null;

    public Task ExportAsync(CancellationToken cancellation) => throw new NotImplementedException();

    public Task StopAsync() => Task.CompletedTask;

    public Task ExportLastAsync() => Task.CompletedTask;
}
