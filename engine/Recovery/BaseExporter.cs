using System.Diagnostics;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;
using Ebb.Engine.Threading;
using Microsoft.Extensions.Logging;
using BaseWriter = Ebb.Engine.Store.Base.BaseWriter;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Writes and publishes a base of the whole engine while it serves, one round at a time. Order matters: the catalogue
/// first, so that every version an entry after a partition's base may name is in the catalogue's base or its log; the
/// log committed past what a base holds before that base is published; logs trimmed only after the manifest is durable.
/// </summary>
internal sealed class BaseExporter(EngineCore core, string folder, long lastRound, ILogger logger)
{
    /// <summary>How often it is looked whether something is due; well within the promise's slack.</summary>
    private static readonly TimeSpan EraseInterval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly LogRetention _retention = new(core);
    private ulong[] _covered = [];
    private Task _loop = Task.CompletedTask;
    private Task _erasing = Task.CompletedTask;
    private long _round = lastRound;
    private ulong _exportedTail;
    private ulong _exportedGeneration;

    public DateTimeOffset? LastExport { get; private set; }

    public void Start()
    {
        if (core.Options.Store.ExportInterval > TimeSpan.Zero)
        {
            _loop = Task.Run(() => LoopAsync(core.Options.Store.ExportInterval, ExportLastAsync));
        }

        _erasing = Task.Run(() => LoopAsync(EraseInterval, EraseLoggedAsync));
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _erasing.ConfigureAwait(false);
    }

    /// <summary>The last base of a clean stop; a failure is logged, the log still has everything.</summary>
    public async Task ExportLastAsync()
    {
        bool isNothingNew = TailSum() == _exportedTail && core.Catalogue.Generation == _exportedGeneration;
        if (isNothingNew || core.PendingRebuildCount > 0)
        {
            return;
        }

        try
        {
            await ExportAsync(CancellationToken.None, isPaced: !_stop.IsCancellationRequested).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            EngineLog.ExportFailed(logger, failure.Message, failure);
        }
    }

    /// <summary>
    /// Erases what is due: a base without the user takes the place of the one with him, the log begins behind his
    /// FORGET, and what it held before is overwritten.
    /// </summary>
    public async Task EraseDueAsync(CancellationToken cancellation)
    {
        PendingErasure[] due = core.Erasures.Due(core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (due.Length == 0 || core.PendingRebuildCount > 0)
        {
            return;
        }

        if (due.Any(erasure => _covered.Length == 0 || _covered[erasure.Partition] <= erasure.Sequence))
        {
            await ExportAsync(cancellation).ConfigureAwait(false);
        }

        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await BlockingWork.RunAsync(() => Erase(due)).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <param name="cancellation">Leaves the base before.</param>
    /// <param name="isPaced">In small shares of a processor; a stopping engine has nobody to wait for.</param>
    public async Task ExportAsync(CancellationToken cancellation, bool isPaced = true)
    {
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (core.PendingRebuildCount > 0)
            {
                // A base holds records of one schema; until then the log since the last one has them all.
                throw new StoreException("no base is written while users are rebuilt for another memory schema");
            }

            long started = Stopwatch.GetTimestamp();
            await RunRoundAsync(isPaced, cancellation).ConfigureAwait(false);
            EngineLog.Exported(logger, _round, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Runs a change of schema while no base is written; its schema is durably named in the manifest before anything of
    /// it is logged, so that a crash in between finishes it.
    /// </summary>
    public async Task ChangeSchemaAsync(string json, Func<Task> change)
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(() => BaseManifest.PublishSchema(folder, json)).ConfigureAwait(false);
            await change().ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Copies the folder as it stands, to another one, while nothing is exported, trimmed or erased. Writes go on.
    /// </summary>
    public async Task<BackupManifest> BackupAsync(string target, CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await BlockingWork.RunAsync(() => BackupWriter.Write(core, folder, target, cancellation))
                .ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private static bool IsStorageFailure(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or Log.EventLogException or StoreException
            or CatalogueRefusedException or StoreCorruptException or BaseCorruptException;

    private void Erase(PendingErasure[] due)
    {
        foreach (IGrouping<ushort, PendingErasure> erasures in due.GroupBy(erasure => erasure.Partition))
        {
            // Past the Forget's pad, which lies between it and the sector that the log begins with. A crash may have
            // torn the two apart (then nobody has its receipt), so not past what is durable.
            ulong behindPad = erasures.Max(erasure => erasure.Sequence) + 2;
            core.Log.TrimBelow(erasures.Key, Math.Min(behindPad, core.Log.DurableSequence(erasures.Key) + 1));
            core.Log.EraseTrimmed(erasures.Key);
        }

        core.Erasures.Remove(due);
    }

    private async Task LoopAsync(TimeSpan interval, Func<Task> work)
    {
        try
        {
            using var timer = new PeriodicTimer(interval, core.Options.Clock);
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                await work().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task EraseLoggedAsync()
    {
        try
        {
            await EraseDueAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            // Stays due: tried again at the next tick.
            EngineLog.EraseFailed(logger, failure.Message, failure);
        }
    }

    private async Task RunRoundAsync(bool isPaced, CancellationToken cancellation)
    {
        long round = _round + 1;
        ulong tail = TailSum();
        string catalogueFile = $"{BaseManifest.BaseFolder}/catalogue-r{round:D8}.base";
        Directory.CreateDirectory(Path.Combine(folder, BaseManifest.BaseFolder));
        CatalogueBaseInfo catalogue = await core.Catalogue
            .WriteBaseAsync(Path.Combine(folder, catalogueFile), cancellation).ConfigureAwait(false);
        var bases = new List<PartitionBase>();
        foreach (Partition partition in core.Partitions)
        {
            var reader = new UserSliceReader(partition, isPaced ? core.Options.Store.ExportShare : 1, cancellation);
            bases.Add(await WritePartitionAsync(reader, round, catalogue.Generation).ConfigureAwait(false));
        }

        var manifest = new BaseManifest
        {
            Dimension = core.Options.Dimension,
            PartitionCount = core.Partitions.Length,
            SchemaJson = core.Schema.Json,
            Round = round,
            CatalogueFile = catalogueFile,
            CatalogueGeneration = catalogue.Generation,
            Partitions = bases,
            Erasures = core.Erasures.All(),
        };
        await BlockingWork.RunAsync(() => manifest.Publish(folder)).ConfigureAwait(false);
        _round = round;
        _covered = [.. bases.Select(written => written.Sequence)];
        _exportedTail = tail;
        _exportedGeneration = catalogue.Generation;
        LastExport = core.Options.Clock.GetUtcNow();
        _retention.Published(new BaseRound(
            LastExport.Value, catalogue.ReplaySequence, [.. bases.Select(written => written.Sequence)]));
    }

    private async Task<PartitionBase> WritePartitionAsync(
        UserSliceReader reader, long round, ulong generation)
    {
        Partition partition = reader.Partition;
        string file = BaseManifest.PartitionFileName(partition.Id, round);
        var begin = new ExclusiveTurn<(BaseHeader Header, byte[] State, UserScan Scan)>(
            turn => Begin(turn, generation));
        partition.Post(begin);
        (BaseHeader header, byte[] state, UserScan scan) = await begin.Result.ConfigureAwait(false);

        // Not in the turn: a disk that is busy takes its time to make a file.
        BaseWriter writer = await BlockingWork
            .RunAsync(() => reader.Begin(scan, () => new BaseWriter(Path.Combine(folder, file), header, state)))
            .ConfigureAwait(false);
        using (writer)
        {
            await BlockingWork.RunInBackgroundAsync(() => reader.Read(scan, writer)).ConfigureAwait(false);

            // A record may be newer than B: the log must hold, durably, whatever the base holds.
            ulong durable = await BlockingWork.RunAsync(() => core.Log.Commit(partition.Id)).ConfigureAwait(false);
            Debug.Assert(durable >= writer.SequenceMax, "the commit covers everything applied before it");
            await BlockingWork.RunInBackgroundAsync(writer.Publish).ConfigureAwait(false);
        }

        return new PartitionBase(file, header.Epoch, header.Sequence);
    }

    private static (BaseHeader Header, byte[] State, UserScan Scan) Begin(Partition partition, ulong generation)
    {
        PartitionParts parts = partition.Batch.Parts;
        var header = new BaseHeader
        {
            Partition = partition.Id,
            Epoch = partition.Batch.Epoch,
            Sequence = partition.Batch.Tail,
            SchemaNumber = parts.Fold.SchemaNumber,
            SpaceNumber = parts.Schema.Schema.Space,
            CatalogueGeneration = generation,
            RecordBytes = parts.Schema.Shape.RecordBytes,
        };
        return (header, parts.Fold.State.ToBytes(), parts.Store.BeginScan());
    }

    private ulong TailSum()
    {
        ulong sum = 0;
        foreach (Partition partition in core.Partitions)
        {
            sum += partition.Batch.Tail;
        }

        return sum;
    }
}
