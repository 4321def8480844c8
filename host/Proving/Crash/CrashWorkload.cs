using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encryption;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Proving.Crash;

/// <summary>
/// What an engine goes through while its medium is watched: events durable and not, items put and replaced, users
/// forgotten and erased, bases exported beside the writes, logs trimmed, a clean stop and a recovery. Seeded.
/// </summary>
internal sealed class CrashWorkload(
    string folder, ExpectedState expected, Func<int> position, bool syncsMarks = false, EncryptionKey? key = null)
{
    public const long StartMs = 1_700_000_000_000;

    private const int Dimension = 8;
    private const int ItemCount = 40;
    private const int UserCount = 12;
    private const long MinuteMs = 60_000;

    private readonly ProvingClock _clock = new(StartMs);
    private readonly Random _random = new(42);

    /// <summary>Writes that the engine refused, by status.</summary>
    public Dictionary<EntryStatus, int> Refusals { get; } = [];

    /// <summary>Partitions that said they had stopped, at the end of the last life.</summary>
    public int StoppedCount { get; private set; }

    /// <summary>Batches that were answered as durable.</summary>
    public int DurableCount { get; private set; }

    /// <param name="folder">The engine's.</param>
    /// <param name="clock">The engine's.</param>
    /// <param name="trims">Logs are trimmed behind every base.</param>
    /// <param name="syncsMarks">Every commit syncs its mark; otherwise hardly one of so short a life does.</param>
    public static EngineOptions Options(string folder, TimeProvider clock, bool trims, bool syncsMarks = false) => new()
    {
        Folder = folder,
        Dimension = Dimension,
        PartitionCount = 2,
        Clock = clock,
        ScanThreads = 1,
        Store = new StoreOptions { MemoryBytesMax = 1 << 20, UserCountHint = 100, ExportInterval = TimeSpan.Zero },
        Log = new EventLogOptions
        {
            BufferBytes = 1 << 20,
            RetentionTime = trims ? TimeSpan.Zero : Timeout.InfiniteTimeSpan,
            MarkSyncPeriod = syncsMarks ? TimeSpan.Zero : new EventLogOptions().MarkSyncPeriod,
        },
    };

    /// <summary>Lives of an engine, one after the other; everything sent is noted in the expected state.</summary>
    public async Task RunAsync(int lifeCount, int stepCount, bool trims)
    {
        for (int life = 0; life < lifeCount; life++)
        {
            EngineOptions options = Options(folder, _clock, trims, syncsMarks) with { EncryptionKey = key };
            InterestEngine engine = await InterestEngine.OpenAsync(options).ConfigureAwait(false);
            await using (engine.ConfigureAwait(false))
            {
                await LiveAsync(engine, stepCount).ConfigureAwait(false);
            }

            // A close that could not commit says so, or something was refused before it.
            if (Refusals.Count == 0)
            {
                expected.AllDurable(position());
            }
        }
    }

    /// <summary>One life: what the medium refuses shows as refusals, and nothing else may.</summary>
    public async Task LiveAsync(InterestEngine engine, int stepCount)
    {
        await PutAsync(engine, [.. Enumerable.Range(0, ItemCount)]).ConfigureAwait(false);
        Task export = Task.CompletedTask;
        for (int step = 0; step < stepCount; step++)
        {
            await WriteAsync(engine, isDurable: step % 3 == 0).ConfigureAwait(false);
            if (step % 8 == 3)
            {
                await PutAsync(engine, [_random.Next(ItemCount)]).ConfigureAwait(false);
            }

            if (step % 10 == 5)
            {
                await export.ConfigureAwait(false);
                export = ExportAsync(engine);
            }

            if (step % 16 == 12)
            {
                await ForgetAsync(engine, $"user-{_random.Next(UserCount)}").ConfigureAwait(false);
            }
        }

        await export.ConfigureAwait(false);
        _clock.NowMs += 10 * MinuteMs;
        await GuardAsync(() => engine.EraseForgottenAsync()).ConfigureAwait(false);
        StoppedCount = engine.GetStats().PartitionsStopped;
    }

    private async Task WriteAsync(InterestEngine engine, bool isDurable)
    {
        int before = position();
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, 5).Select(_ => new BehaviourEvent(
                $"user-{_random.Next(UserCount)}", $"item-{_random.Next(ItemCount)}", EventTypes.Click,
                _clock.NowMs - _random.NextInt64(MinuteMs))),
        ];
        ExpectedState.Act[] acts = [.. events.Select(sent => expected.Send(sent.User.ToString(), sent, before))];
        var write = new WriteOptions(isDurable ? AckLevel.Durable : AckLevel.Applied);
        ObserveReply reply = await engine.ObserveAsync(events, write).ConfigureAwait(false);
        for (int index = 0; index < events.Length; index++)
        {
            EntryStatus status = reply.Statuses[index];
            if (status == EntryStatus.Ok)
            {
                continue;
            }

            Refusals[status] = Refusals.GetValueOrDefault(status) + 1;

            // Of a durable write that failed nobody knows; of any other nothing is done.
            if (!isDurable)
            {
                expected.Undone(events[index].User.ToString(), acts[index]);
            }
        }

        if (isDurable && reply.Statuses.All(status => status == EntryStatus.Ok))
        {
            DurableCount++;
            int after = position();
            foreach (ExpectedState.Act act in acts)
            {
                act.DurableAt = after;
            }
        }
    }

    private async Task ForgetAsync(InterestEngine engine, string user)
    {
        ExpectedState.Act act = expected.Send(user, null, position());
        if (await GuardAsync(() => engine.ForgetAsync(user)).ConfigureAwait(false))
        {
            act.DurableAt = position();
        }
    }

    private Task PutAsync(InterestEngine engine, int[] items) => GuardAsync(() => engine.PutItemsAsync(
        [.. items.Select(item => new ItemPut($"item-{item}", Vector()) { Category = "c" + (item % 3) })]));

    private Task ExportAsync(InterestEngine engine) => GuardAsync(() => engine.ExportAsync());

    private float[] Vector() => [.. Enumerable.Range(0, Dimension).Select(_ => (_random.NextSingle() * 2) - 1)];

    // What a bad disk may answer; anything else is a fault of the engine and goes up.
    private async Task<bool> GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            return true;
        }
        catch (Exception refusal) when (refusal is EngineRequestException or CatalogueRefusedException
            or EventLogException or StoreException or IOException)
        {
            EntryStatus status = EntryStatus.StorageFailed;
            Refusals[status] = Refusals.GetValueOrDefault(status) + 1;
            return false;
        }
    }
}
