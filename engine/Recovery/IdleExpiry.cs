using Ebb.Engine.Batching;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Looks through the users now and then for those whose last event is older than the memory schema's
/// <c>expire_after</c>, in slices between the partitions' batches, and has them taken out. "Now" is the newest event of
/// anybody or the clock, whichever is earlier: a clock that steps forward by itself makes nobody old. One at a time.
/// </summary>
internal sealed class IdleExpiry(EngineCore core, ILogger logger)
{
    private const int ScanUserCount = 128;
    private const int ExpireUserCount = 64;

    /// <summary>Keys held at a time, a partition: the next pass finds the others.</summary>
    private const int CandidateCountMax = 65_536;

    private static readonly TimeSpan PaceMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PaceMax = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(LoopAsync);

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>One pass over all users; returns how many went.</summary>
    public async Task<long> RunAsync(CancellationToken cancellation)
    {
        if (core.Schema.Schema.ExpireAfter is not { } after || core.PendingRebuildCount > 0)
        {
            return 0;
        }

        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            long nowMs = core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            long afterMs = (long)after.TotalMilliseconds;
            var found = new List<(Partition Partition, Candidates Users)>();
            foreach (Partition partition in core.Partitions)
            {
                var users = new Candidates(partition.Batch.Parts.Schema.Shape, nowMs - afterMs);
                await ScanAsync(partition, users, cancellation).ConfigureAwait(false);
                found.Add((partition, users));
            }

            long newestMs = found.Max(part => part.Users.NewestMs);
            long beforeMs = Math.Min(nowMs, newestMs) - afterMs;
            long gone = 0;
            foreach ((Partition partition, Candidates users) in found)
            {
                gone += await ExpireAsync(partition, users, beforeMs, cancellation).ConfigureAwait(false);
            }

            return gone;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private static async Task ScanAsync(Partition partition, Candidates users, CancellationToken cancellation)
    {
        UserScan scan = await TurnAsync(partition, turn => turn.Batch.Parts.Store.BeginScan()).ConfigureAwait(false);
        try
        {
            int read;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                read = await TurnAsync(
                    partition, turn => turn.Batch.Parts.Store.ReadNext(scan, ScanUserCount, users))
                    .ConfigureAwait(false);
            }
            while (read > 0);
        }
        finally
        {
            await TurnAsync(partition, _ =>
            {
                scan.Dispose();
                return true;
            }).ConfigureAwait(false);
        }
    }

    private static async Task<long> ExpireAsync(
        Partition partition, Candidates users, long beforeMs, CancellationToken cancellation)
    {
        long gone = 0;
        foreach (OpaqueId[] slice in users.IdleBefore(beforeMs).Chunk(ExpireUserCount))
        {
            cancellation.ThrowIfCancellationRequested();
            gone += await TurnAsync(partition, turn => IdleUsers.Expire(turn, slice, beforeMs)).ConfigureAwait(false);
        }

        return gone;
    }

    private static Task<TResult> TurnAsync<TResult>(Partition partition, Func<Partition, TResult> function)
    {
        var turn = new ExclusiveTurn<TResult>(function);
        partition.Post(turn);
        return turn.Result;
    }

    private TimeSpan Pace()
    {
        TimeSpan pace = (core.Schema.Schema.ExpireAfter ?? PaceMax) / 24;
        return pace < PaceMin ? PaceMin : pace > PaceMax ? PaceMax : pace;
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pace(), core.Options.Clock, _stop.Token).ConfigureAwait(false);
                await RunLoggedAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task RunLoggedAsync()
    {
        try
        {
            long gone = await RunAsync(_stop.Token).ConfigureAwait(false);
            if (gone > 0)
            {
                EngineLog.UsersExpired(logger, gone);
            }
        }
        catch (Exception failure) when (failure is StoreException or StoreCorruptException or EventLogException)
        {
            EngineLog.ExpiryFailed(logger, failure.Message, failure);
        }
    }

    /// <summary>Those who may be idle, and the newest event of all.</summary>
    private sealed class Candidates(RecordShape shape, long beforeMs) : IUserSink
    {
        private readonly List<(OpaqueId User, long LastMs)> _users = [];

        public long NewestMs { get; private set; } = long.MinValue / 2;

        public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
        {
            if (record.Length != shape.RecordBytes || UserRecord.LastEventMsOf(record) is not { } lastMs)
            {
                return;
            }

            NewestMs = Math.Max(NewestMs, lastMs);
            if (lastMs < beforeMs && _users.Count < CandidateCountMax)
            {
                _users.Add((new OpaqueId(key.ToArray()), lastMs));
            }
        }

        public IEnumerable<OpaqueId> IdleBefore(long ms) =>
            _users.Where(user => user.LastMs < ms).Select(user => user.User);
    }
}
