using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

/// <summary>Failing disks, several callers, two processes, segments.</summary>
public sealed class FasterLogFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Acquire_EarlierOwnerAppendsMeanwhile_IsFencedAndTheTailIsDurable()
    {
        await using FasterEventLog log = Open();
        uint earlier = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, earlier, 0, "a");
        var outcome = AppendOutcome.Appended;
        log.SetBeforeSync(0, () => outcome = LogTools.Append(log, 0, earlier, 1, "b").Outcome);

        PartitionTail tail = log.Acquire(0);

        Assert.Equal(AppendOutcome.Fenced, outcome);
        Assert.Equal((earlier + 1, 1ul), (tail.Epoch, tail.Tail));
        Assert.Equal(1ul, log.DurableSequence(0));
    }

    [Fact]
    public async Task CommitAsync_SyncFails_ThrowsThenRefusesAndKeepsDurable()
    {
        FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        LogTools.Append(log, 0, epoch, 0, "a", "b");
        await log.CommitAsync(0);
        log.SetBeforeSync(0, () => throw new IOException("No space left on device"));
        LogTools.Append(log, 0, epoch, 2, "c");

        EventLogException fault =
            await Assert.ThrowsAsync<EventLogException>(async () => await log.CommitAsync(0));
        LogTools.AssertOneLine(fault, "p000", "sequence 2", "No space left");

        // Also once the disk is well again: what the system did with the pages is unknown.
        log.SetBeforeSync(0, static () => { });
        Assert.Equal(AppendOutcome.Refused, LogTools.Append(log, 0, epoch, 3, "d").Outcome);
        await Assert.ThrowsAsync<EventLogException>(async () => await log.CommitAsync(0));
        Assert.Equal(2ul, log.DurableSequence(0));
        Assert.Equal(["1:1=a", "1:2=b"], LogTools.ReadAll(log, 0, 1));
        await log.DisposeAsync();

        await using FasterEventLog reopened = Open();

        // Refused is not undone: the bytes were there, and opening has written them again and synced them.
        Assert.Equal(new PartitionTail(2, 3), reopened.Acquire(0));
        Assert.Equal(["1:1=a", "1:2=b", "1:3=c"], LogTools.ReadAll(reopened, 0, 1));
    }

    [Fact]
    public async Task CommitAsync_WritesFail_OtherPartitionsGoOn()
    {
        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        log.Acquire(1);
        log.SetBeforeSync(0, () => throw new IOException("Input/output error"));
        LogTools.Append(log, 0, epoch, 0, "a");
        LogTools.Append(log, 1, epoch, 0, "b");

        await Assert.ThrowsAsync<EventLogException>(async () => await log.CommitAsync(0));
        Assert.Equal(1ul, await log.CommitAsync(1));
        Assert.Throws<EventLogException>(() => log.Acquire(0));
    }

    [Fact]
    public async Task Commit_SyncFails_ThrowsOnTheCallersThreadAndRefuses()
    {
        FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        int syncThread = 0;
        log.SetBeforeSync(0, () => syncThread = Environment.CurrentManagedThreadId);
        LogTools.Append(log, 0, epoch, 0, "a", "b");
        Assert.Equal(2ul, log.Commit(0));
        Assert.Equal(2ul, log.Commit(0));
        Assert.Equal(Environment.CurrentManagedThreadId, syncThread);

        log.SetBeforeSync(0, () => throw new IOException("No space left on device"));
        LogTools.Append(log, 0, epoch, 2, "c");
        EventLogException fault = Assert.Throws<EventLogException>(() => log.Commit(0));
        LogTools.AssertOneLine(fault, "p000", "sequence 2", "No space left");
        Assert.Throws<EventLogException>(() => log.Commit(0));
        Assert.Equal(2ul, log.DurableSequence(0));
        await log.DisposeAsync();

        await using FasterEventLog reopened = Open();
        Assert.Equal(3ul, reopened.Acquire(0).Tail);
    }

    [Fact]
    public async Task Commit_BesideAsyncCallers_EachCoversItsOwnAppends()
    {
        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        List<Task> waiting = [];
        for (ulong sequence = 0; sequence < 1000; sequence++)
        {
            LogTools.Append(log, 0, epoch, sequence, "entry");
            if (sequence % 3 == 0)
            {
                Assert.True(log.Commit(0) > sequence);
            }
            else
            {
                waiting.Add(CommitAndCheckAsync(log, sequence + 1));
            }
        }

        await Task.WhenAll(waiting);
        Assert.Equal(1000ul, log.Commit(0));
    }

    [Fact]
    public async Task Append_ManyPayloadsOfAllSizes_ReadsBackOverPagesAndRestarts()
    {
        var random = new Random(42);
        string[] payloads = [.. Enumerable.Range(0, 900).Select(
            index => new string((char)('a' + (index % 26)), random.Next(index % 100 == 0 ? 60_000 : 1500)))];
        await using (FasterEventLog log = Open())
        {
            uint epoch = log.Acquire(0).Epoch;
            Assert.Equal(900ul, LogTools.Append(log, 0, epoch, 0, payloads).Tail);
            log.Commit(0);
        }

        await using FasterEventLog reopened = Open();
        Assert.Equal(900ul, reopened.Acquire(0).Tail);
        Assert.Equal(
            payloads.Select((text, index) => $"1:{index + 1}={text}"), LogTools.ReadAll(reopened, 0, 1));
        Assert.Equal(300, LogTools.ReadAll(reopened, 0, 601).Count);
    }

    [Fact]
    public async Task CommitAsync_ManyCallersWhileAppending_EachCoversItsOwnAppends()
    {
        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        int syncs = 0;
        log.SetBeforeSync(0, () => Interlocked.Increment(ref syncs));
        List<Task> waiting = [];
        using IEventLogReader follower = log.ReadFrom(0, 1);
        for (ulong sequence = 0; sequence < 2000; sequence++)
        {
            LogTools.Append(log, 0, epoch, sequence, "entry");
            waiting.Add(CommitAndCheckAsync(log, sequence + 1));

            // Throws where the mark and the address that it names were not taken at one moment.
            while (follower.MoveNext())
            {
            }
        }

        await Task.WhenAll(waiting);

        Assert.Equal(2000ul, log.DurableSequence(0));
        Assert.InRange(syncs, 1, 2000);
        Assert.Equal(2000, LogTools.ReadAll(log, 0, 1).Count);
    }

    [Fact]
    public async Task CommitAsync_CallersDuringOneCommit_ShareTheFollowingOne()
    {
        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        using ManualResetEventSlim syncing = new();
        using ManualResetEventSlim release = new();
        int syncs = 0;
        log.SetBeforeSync(0, () =>
        {
            Interlocked.Increment(ref syncs);
            syncing.Set();
            release.Wait();
        });
        LogTools.Append(log, 0, epoch, 0, "first");
        List<Task<ulong>> commits = [log.CommitAsync(0).AsTask()];
        Assert.True(syncing.Wait(TimeSpan.FromSeconds(60)), "the commit never came to its sync");
        for (ulong sequence = 1; sequence <= 50; sequence++)
        {
            LogTools.Append(log, 0, epoch, sequence, "next");
            commits.Add(log.CommitAsync(0).AsTask());
        }

        release.Set();
        ulong[] durable = await Task.WhenAll(commits);

        Assert.Equal(1ul, durable[0]);
        Assert.All(durable[1..], sequence => Assert.Equal(51ul, sequence));
        Assert.Equal(2, syncs);
    }

    [Fact]
    public async Task Open_FolderInUse_RefusesUntilReleased()
    {
        FasterEventLog first = Open();
        EventLogException fault = Assert.Throws<EventLogException>(Open);
        LogTools.AssertOneLine(fault, _folder.Path, "stop the other process");
        await first.DisposeAsync();

        await using FasterEventLog second = Open();
        Assert.Equal(1u, second.Acquire(0).Epoch);
    }

    [Fact]
    public async Task TrimBelow_PastASegment_FreesItsFileAndSurvivesReopen()
    {
        LogTools.Filler filler = new(42);
        string segments = Path.Combine(_folder.Path, "log", "p000");
        ulong last;
        await using (FasterEventLog log = Open())
        {
            PartitionTail tail = log.Acquire(0);
            last = filler.AppendUntil(log, 0, tail, SegmentLayout.SegmentBytes + (1 << 20));
            await log.CommitAsync(0);
            Assert.Equal([0, 1], SegmentLayout.SegmentsIn(segments));
            long before = log.SizeBytes(0);

            log.TrimBelow(0, last - 3);

            Assert.Equal([1], SegmentLayout.SegmentsIn(segments));
            Assert.True(log.SizeBytes(0) < before - SegmentLayout.SegmentBytes + 1);
            Assert.Equal(last + 1, filler.VerifyFrom(log, 0, last - 3));
        }

        // Neither slot may still name the deleted segment.
        foreach (int slot in new[] { 0, 4096 })
        {
            string path = Path.Combine(segments, CommitFile.Name);
            byte[] commits = File.ReadAllBytes(path);
            commits[slot] ^= 1;
            File.WriteAllBytes(path, commits);
            await using FasterEventLog reopened = Open();
            Assert.Equal(last, reopened.Acquire(0).Tail);
            Assert.Equal(last - 3, reopened.FirstSequence(0));
            Assert.Equal(last + 1, filler.VerifyFrom(reopened, 0, last - 3));
        }
    }

    [Fact]
    public async Task Append_SteadyState_DoesNotAllocate()
    {
        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(0).Epoch;
        byte[] payload = new byte[200];
        int[] lengths = [100, 100];
        ulong tail = 0;
        for (int round = 0; round < 200; round++)
        {
            tail = log.Append(0, epoch, tail, payload, lengths).Tail;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 200; round++)
        {
            tail = log.Append(0, epoch, tail, payload, lengths).Tail;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static async Task CommitAndCheckAsync(FasterEventLog log, ulong appended) =>
        Assert.True(await log.CommitAsync(0) >= appended);

    private FasterEventLog Open() => new(_folder.Path, 2, new EventLogOptions { BufferBytes = 1 }, null);
}
