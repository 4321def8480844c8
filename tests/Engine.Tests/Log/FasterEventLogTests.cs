using Ebb.Engine.Log;
using Xunit;

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

    // Short writes go through the system's cache, long ones past it: they meet within one page of either.
    [Fact]
    public async Task Commit_ShortAndLongInTurn_AllIsReadBack()
    {
        IEventLog log = await OpenAsync();
        Random random = new(42);
        LogTools.Filler filler = new(42);
        ulong last = 0;
        PartitionTail tail = log.Acquire(0);
        for (int round = 0; round < 60; round++)
        {
            last = filler.AppendUntil(log, 0, tail with { Tail = last }, random.Next(round % 3 == 0 ? 600_000 : 3_000));
            Assert.Equal(last, log.Commit(0));
            Assert.Equal(last + 1, filler.VerifyFrom(log, 0, Math.Max(1, last / 2)));
        }

        log = await OpenAsync();
        log.Acquire(0);
        Assert.Equal(last + 1, filler.VerifyFrom(log, 0, 1));
    }

    // The page of the cache in which the log begins may be the one in which it ends.
    [Fact]
    public async Task EraseTrimmed_BesideAppends_LosesNone()
    {
        IEventLog log = await OpenAsync();
        LogTools.Filler filler = new(42);
        PartitionTail tail = log.Acquire(0);
        ulong durable = 0;
        bool hasEnded = false;
        Task erasing = Task.Run(() =>
        {
            while (!Volatile.Read(ref hasEnded))
            {
                log.TrimBelow(0, Volatile.Read(ref durable) + 1);
                log.EraseTrimmed(0);
            }
        });
        Random random = new(42);
        ulong last = 0;
        for (int round = 0; round < 200; round++)
        {
            last = filler.AppendUntil(log, 0, tail with { Tail = last }, random.Next(round % 4 == 0 ? 150_000 : 2_000));
            Volatile.Write(ref durable, log.Commit(0));
        }

        Volatile.Write(ref hasEnded, true);
        await erasing;
        filler.AppendUntil(log, 0, tail with { Tail = last }, 10_000);
        log = await OpenAsync();
        tail = log.Acquire(0);
        Assert.Equal(tail.Tail + 1, filler.VerifyFrom(log, 0, log.FirstSequence(0)));
    }
}
