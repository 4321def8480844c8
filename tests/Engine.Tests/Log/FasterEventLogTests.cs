using Ebb.Engine.Log;

namespace Ebb.Engine.Tests.Log;

public sealed class FasterEventLogTests : EventLogContractTests
{
    private readonly TemporaryFolder _folder = new();
    private FasterEventLog? _log;

    public override void Dispose()
    {
        _log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    protected override async Task<IEventLog> OpenAsync()
    {
        if (_log is not null)
        {
            await _log.DisposeAsync();
        }

        return _log = new FasterEventLog(_folder.Path, PartitionCount, new EventLogOptions { BufferBytes = 1 }, null);
    }
}
