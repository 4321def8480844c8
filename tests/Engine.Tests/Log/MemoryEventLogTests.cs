using Ebb.Engine.Log;

namespace Ebb.Engine.Tests.Log;

public sealed class MemoryEventLogTests : EventLogContractTests
{
    private readonly MemoryEventLog _log = new(PartitionCount);

    public override void Dispose()
    {
    }

    protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(_log);
}
