using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

/// <summary>What every event log must do, run for each implementation.</summary>
public abstract class EventLogContractTests : IDisposable
{
    protected const int PartitionCount = 3;

    /// <summary>The first call makes the log; a later one closes it cleanly and opens it again.</summary>
    protected abstract Task<IEventLog> OpenAsync();

    public abstract void Dispose();

    [Fact]
    public async Task Acquire_NewLog_StartsEmptyAtEpochOne()
    {
        IEventLog log = await OpenAsync();

        Assert.Equal(new PartitionTail(1, 0), log.Acquire(0));
        Assert.Equal(new PartitionTail(1, 0), log.Acquire(IEventLog.CataloguePartition));
        Assert.Equal(1ul, log.FirstSequence(0));
        Assert.Equal(0ul, log.DurableSequence(0));
        Assert.Empty(LogTools.ReadAll(log, 0, 1));
    }

    [Fact]
    public async Task Acquire_UnknownPartition_Throws()
    {
        IEventLog log = await OpenAsync();

        Assert.Throws<ArgumentOutOfRangeException>(() => log.Acquire(PartitionCount));
        Assert.Throws<InvalidOperationException>(() => log.DurableSequence(1));
    }

    [Fact]
    public async Task Append_ThenCommit_ReadsBackInOrderWithPositions()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(1).Epoch;

        Assert.Equal(new AppendResult(AppendOutcome.Appended, 3), LogTools.Append(log, 1, epoch, 0, "a", "", "ccc"));
        Assert.Equal(new AppendResult(AppendOutcome.Appended, 4), LogTools.Append(log, 1, epoch, 3, "dd"));
        Assert.Equal(4ul, await log.CommitAsync(1));

        Assert.Equal(4ul, log.DurableSequence(1));
        Assert.Equal(["1:1=a", "1:2=", "1:3=ccc", "1:4=dd"], LogTools.ReadAll(log, 1, 1));
        Assert.Equal(["1:3=ccc", "1:4=dd"], LogTools.ReadAll(log, 1, 3));
        Assert.Empty(LogTools.ReadAll(log, 1, 5));
        Assert.True(log.SizeBytes(1) > 0);
    }

    [Fact]
    public async Task Append_NoPayloads_AppendsNothing()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;

        Assert.Equal(new AppendResult(AppendOutcome.Appended, 0), LogTools.Append(log, 0, epoch, 0));
        Assert.Equal(0ul, await log.CommitAsync(0));
    }

    [Fact]
    public async Task Append_WrongExpected_ConflictsAndTellsTail()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a", "b");

        Assert.Equal(new AppendResult(AppendOutcome.Conflict, 2), LogTools.Append(log, 0, epoch, 1, "x"));
        Assert.Equal(new AppendResult(AppendOutcome.Conflict, 2), LogTools.Append(log, 0, epoch, 3, "x"));
        await log.CommitAsync(0);
        Assert.Equal(["1:1=a", "1:2=b"], LogTools.ReadAll(log, 0, 1));
    }

    [Fact]
    public async Task Append_OlderEpochAfterAcquire_IsFenced()
    {
        IEventLog log = await OpenAsync();
        uint stale = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, stale, 0, "a");
        PartitionTail taken = log.Acquire(0);

        Assert.Equal(new PartitionTail(stale + 1, 1), taken);
        Assert.Equal(AppendOutcome.Fenced, LogTools.Append(log, 0, stale, 1, "x").Outcome);
        Assert.Equal(AppendOutcome.Appended, LogTools.Append(log, 0, taken.Epoch, 1, "b").Outcome);
        await log.CommitAsync(0);
        Assert.Equal(["1:1=a", "2:2=b"], LogTools.ReadAll(log, 0, 1));
    }

    [Fact]
    public async Task Append_PayloadAtBound_ReadsBackAndAboveBoundIsRejectedWhole()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        string largest = new('z', LogFrame.PayloadBytesMax);

        Assert.Equal(AppendOutcome.Appended, LogTools.Append(log, 0, epoch, 0, largest).Outcome);
        Assert.Throws<ArgumentException>(() => LogTools.Append(log, 0, epoch, 1, "fits", largest + "z"));
        Assert.Throws<ArgumentException>(() => log.Append(0, epoch, 1, "abc"u8, [2]));
        Assert.Equal(1ul, await log.CommitAsync(0));
        Assert.Equal(["1:1=" + largest], LogTools.ReadAll(log, 0, 1));
    }

    [Fact]
    public async Task AppendMany_OneFails_OthersSucceedByThemselves()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        log.Acquire(1);
        log.Acquire(2);
        byte[] payload = [7, 8];
        int[] lengths = [1, 1];
        PartitionAppend[] appends =
        [
            new(0, epoch, 0, payload, lengths),
            new(1, epoch, 9, payload, lengths),
            new(2, epoch + 5, 0, payload, lengths),
        ];
        AppendResult[] results = new AppendResult[3];

        log.AppendMany(appends, results);

        Assert.Equal(
            [
                new AppendResult(AppendOutcome.Appended, 2),
                new AppendResult(AppendOutcome.Conflict, 0),
                new AppendResult(AppendOutcome.Fenced, 0),
            ],
            results);
    }

    [Fact]
    public async Task Reopen_AfterCleanClose_KeepsEntriesAndRaisesEpoch()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(2).Epoch;
        LogTools.Append(log, 2, epoch, 0, "a", "b");

        log = await OpenAsync();
        PartitionTail tail = log.Acquire(2);
        LogTools.Append(log, 2, tail.Epoch, tail.Tail, "c");
        await log.CommitAsync(2);

        Assert.Equal(new PartitionTail(epoch + 1, 2), tail);
        Assert.Equal(["1:1=a", "1:2=b", "2:3=c"], LogTools.ReadAll(log, 2, 1));
    }

    [Fact]
    public async Task ReadFrom_BeyondEndOrBelowFirst_ThrowsNamingSequence()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a", "b", "c");
        await log.CommitAsync(0);
        log.TrimBelow(0, 3);

        EventLogException beyond = Assert.Throws<EventLogException>(() => log.ReadFrom(0, 5));
        EventLogException below = Assert.Throws<EventLogException>(() => log.ReadFrom(0, 2));

        LogTools.AssertOneLine(beyond, "p000", "sequence 5");
        LogTools.AssertOneLine(below, "p000", "sequence 2");
        Assert.Throws<ArgumentOutOfRangeException>(() => log.ReadFrom(0, 0));
    }

    [Fact]
    public async Task ReadFrom_AtTail_GoesOnAfterNextCommit()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a");
        await log.CommitAsync(0);
        using IEventLogReader reader = log.ReadFrom(0, 1);
        Assert.True(reader.MoveNext());
        Assert.False(reader.MoveNext());

        LogTools.Append(log, 0, epoch, 1, "b");
        await log.CommitAsync(0);

        Assert.True(reader.MoveNext());
        Assert.Equal("b"u8.ToArray(), reader.Payload.ToArray());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public async Task TrimBelow_Middle_KeepsRestAlsoAfterReopen()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a", "b", "c", "d");
        await log.CommitAsync(0);

        log.TrimBelow(0, 3);
        log.TrimBelow(0, 2);
        Assert.Equal(3ul, log.FirstSequence(0));
        Assert.Equal(["1:3=c", "1:4=d"], LogTools.ReadAll(log, 0, 3));

        log = await OpenAsync();
        Assert.Equal(4ul, log.Acquire(0).Tail);
        Assert.Equal(3ul, log.FirstSequence(0));
        Assert.Equal(["1:3=c", "1:4=d"], LogTools.ReadAll(log, 0, 3));
    }

    [Fact]
    public async Task TrimBelow_Everything_TailSurvivesReopen()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a", "b");
        await log.CommitAsync(0);
        log.TrimBelow(0, 3);

        log = await OpenAsync();
        PartitionTail tail = log.Acquire(0);
        Assert.Equal(2ul, tail.Tail);
        Assert.Equal(3ul, log.FirstSequence(0));
        Assert.Equal(new AppendResult(AppendOutcome.Appended, 3), LogTools.Append(log, 0, tail.Epoch, 2, "c"));

        log = await OpenAsync();
        Assert.Equal(3ul, log.Acquire(0).Tail);
        Assert.Equal(["2:3=c"], LogTools.ReadAll(log, 0, 3));
    }

    [Fact]
    public async Task TrimBelow_BeyondDurable_IsRejected()
    {
        IEventLog log = await OpenAsync();
        log.Acquire(0);

        Assert.Throws<ArgumentOutOfRangeException>(() => log.TrimBelow(0, 2));
    }

    [Fact]
    public async Task Append_ManyOfMixedSizesWithoutCommit_AllReadBackFromEveryPoint()
    {
        IEventLog log = await OpenAsync();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Filler filler = new(42);

        // Several times the in-memory buffer: appends must go on without anybody committing.
        ulong count = filler.AppendUntil(log, 0, new PartitionTail(epoch, 0), totalBytes: 6 << 20);
        Assert.Equal(count, await log.CommitAsync(0));

        log = await OpenAsync();
        log.Acquire(0);
        foreach (ulong from in new[] { 1ul, 2ul, count / 3, count / 2, count - 1, count, count + 1 })
        {
            Assert.Equal(count + 1, filler.VerifyFrom(log, 0, from));
        }
    }
}
