using System.Runtime.InteropServices;
using System.Threading.Channels;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Kernels.TopK;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>
/// Takes samples of what is served and has the shadows' lists made of them beside it. Offer runs on whatever thread
/// made the list and never waits: past the queue's bound a sample is dropped and counted. One worker makes the lists.
/// </summary>
internal sealed class ShadowDesk(
    Func<ShadowMaker> newMaker, Func<bool> isBusy, (TimeProvider Clock, ILogger Log) of)
{
    public const int QueueCountMax = 256;

    private readonly Channel<Func<ShadowMaker, Task>> _queue = Channel.CreateBounded<Func<ShadowMaker, Task>>(
        new BoundedChannelOptions(QueueCountMax) { SingleReader = true });

    private readonly Lock _start = new();
    private ShadowSet? _set;
    private Task? _worker;
    private volatile bool _forgets;

    /// <summary>Swaps the shadows; what the ones before found is gone.</summary>
    public void SetPolicies(PolicySplit split)
    {
        Volatile.Write(ref _set, split.Set.Shadows.Count == 0 ? null : new ShadowSet(split));
        lock (_start)
        {
            if (_set is not null && _worker is null)
            {
                _worker = Task.Run(RunAsync);
            }
        }

        DropLists();
    }

    public IReadOnlyList<ShadowReport> Report() => Volatile.Read(ref _set)?.Report() ?? [];

    /// <summary>A user was forgotten: lists that were kept for shadows go, all of them.</summary>
    public void DropLists()
    {
        if (_worker is not null)
        {
            _forgets = true;
            _queue.Writer.TryWrite(static _ => Task.CompletedTask);
        }
    }

    /// <summary>A list that was just made for a request.</summary>
    public void Offer(ListJob job, List<ScoredItem> shown)
    {
        ShadowSet? set = Volatile.Read(ref _set);
        for (int shadow = 0; set is not null && shadow < set.All.Count; shadow++)
        {
            if (!set.Wants(shadow, job.Request.UserBytes))
            {
                continue;
            }

            if (isBusy() || !TryQueue(set, Sample(shadow, job, shown)))
            {
                set.Tallies[shadow].Drop();
            }
        }
    }

    /// <summary>Done when what was offered before is compared.</summary>
    public async Task SettleAsync()
    {
        if (_worker is null)
        {
            return;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(_ =>
        {
            done.SetResult();
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        await done.Task.ConfigureAwait(false);
    }

    /// <summary>Before the partitions drain: no list is under way any more, and none comes after it.</summary>
    public Task StopAsync()
    {
        Volatile.Write(ref _set, null);
        _queue.Writer.TryComplete();
        return _worker ?? Task.CompletedTask;
    }

    private bool TryQueue(ShadowSet set, ShadowSample sample) =>
        _queue.Writer.TryWrite(maker => RunAsync(maker, set, sample));

    private ShadowSample Sample(int shadow, ListJob job, List<ScoredItem> shown)
    {
        int[] rows = new int[shown.Count];
        Span<ScoredItem> items = CollectionsMarshal.AsSpan(shown);
        for (int index = 0; index < rows.Length; index++)
        {
            rows[index] = items[index].Index;
        }

        return new ShadowSample(shadow, job.Request.UserBytes.ToArray(), rows)
        {
            Key = job.Key,
            Count = job.Request.Count,
            Filter = job.Request.Filter,
            ExcludeSeen = job.Request.ExcludeSeen,
            NowMs = job.UserSequence == 0
                ? of.Clock.GetUtcNow().ToUnixTimeMilliseconds()
                : job.LastEventMs + (long)job.ElapsedMs,
            UserSequence = job.UserSequence,
            Decision = job.Decision,
        };
    }

    private async Task RunAsync()
    {
        ShadowMaker maker = newMaker();
        await foreach (Func<ShadowMaker, Task> work in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_forgets)
            {
                _forgets = false;
                maker.DropLists();
            }

            await work(maker).ConfigureAwait(false);
        }
    }

    // The shell: a shadow that fails costs its own comparison, and nobody's request.
    private async Task RunAsync(ShadowMaker maker, ShadowSet set, ShadowSample sample)
    {
        ShadowTally tally = set.Tallies[sample.Shadow];
        if (!ReferenceEquals(set, Volatile.Read(ref _set)))
        {
            return;
        }

        try
        {
            if (await maker.TryMakeAsync(set, sample).ConfigureAwait(false))
            {
                tally.Compare(sample, maker.Made, maker.Decision);
            }
            else
            {
                tally.Stale();
            }
        }
        catch (Exception failure)
        {
            tally.Drop();
            EngineLog.ShadowFailed(of.Log, failure, set.All[sample.Shadow].Policy);
        }
    }
}
