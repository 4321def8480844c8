using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Engine.Batching;

/// <summary>
/// Edits that need the log: it is read beside the partition's turns, and only what came meanwhile in one. Any thread.
/// </summary>
internal sealed class BackgroundEdits(Func<ushort, Partition> partitionOf, ItemCatalogue catalogue, IEventLog log)
{
    /// <summary>Entries that a turn may read by itself: well under a millisecond.</summary>
    private const ulong CatchUpCountMax = 1024;

    private const int RoundCountMax = 16;

    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Answers the request when done.</summary>
    public void Unsend(EngineRequest request, ushort partition) =>
        Start(() => UnsendAsync(request, partitionOf(partition)));

    /// <summary>Runs an edit beside the turns; a closing engine waits for it.</summary>
    public void Start(Func<Task> edit)
    {
        lock (_gate)
        {
            Task task = Task.Run(edit);
            _running.Add(task);
            task.ContinueWith(Ended, TaskScheduler.Default);
        }
    }

    /// <summary>Done when nothing runs any more; for a closing engine that takes no new requests.</summary>
    public async Task SettleAsync()
    {
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    /// <summary>Null when the log cannot be read as far as it goes (trimmed meanwhile): the record must do.</summary>
    public async Task<LogHistory?> ReadAsync(LogHistory? history, VersionedVectors? vectors, ushort partition)
    {
        try
        {
            await log.CommitAsync(partition).ConfigureAwait(false);
            history?.Read(log, partition);
            vectors?.Prepare(history?.AllEvents ?? [], catalogue, log);
            return history;
        }
        catch (EventLogException)
        {
            return null;
        }
    }

    private void Ended(Task task)
    {
        lock (_gate)
        {
            _running.Remove(task);
        }
    }

    private async Task UnsendAsync(EngineRequest request, Partition partition)
    {
        try
        {
            OpaqueId[] user = [new(request.UserBytes.ToArray())];
            LogHistory? history = new(user, Math.Max(1, log.FirstSequence(partition.Id)));
            var vectors = new VersionedVectors();
            bool isDone = false;
            for (int round = 0; !isDone; round++)
            {
                history = await ReadAsync(history, vectors, partition.Id).ConfigureAwait(false);
                bool isLast = round == RoundCountMax;
                var turn = new ExclusiveTurn<bool>(_ => TryFinish(request, partition.Batch, history, vectors, isLast));
                partition.Post(turn);
                isDone = await turn.Result.ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.BatchFailed(partition.Batch.Parts.Logger, partition.Id, failure.Message, failure);
            request.Status = EntryStatus.Internal;
        }

        partition.Batch.Answer(request);
    }

    /// <summary>In a turn of the partition. False: so much came meanwhile that it is to be read first.</summary>
    private bool TryFinish(
        EngineRequest request, PartitionBatch batch, LogHistory? history, VersionedVectors vectors, bool isLast)
    {
        PartitionParts parts = batch.Parts;
        if (history is not null && history.Next <= batch.Tail)
        {
            if (batch.Tail - history.Next > CatchUpCountMax && !isLast)
            {
                return false;
            }

            history = ReadAsync(history, vectors: null, parts.Id).GetAwaiter().GetResult();
        }

        using CatalogueLease lease = catalogue.Read();
        batch.Edits.EnsureRebuilt(request.UserBytes, batch, lease);
        parts.Users.Clear();
        int slot = parts.Users.Add(request.UserBytes);
        parts.Users.Load(parts.Store);
        if (!parts.Users.IsFound(slot))
        {
            request.Status = EntryStatus.UnknownEvent;
            return true;
        }

        Decide(request, batch, history, vectors, lease);
        return true;
    }

    private static void Decide(
        EngineRequest request, PartitionBatch batch, LogHistory? history, VersionedVectors vectors,
        CatalogueLease lease)
    {
        PartitionParts parts = batch.Parts;
        int slot = parts.Users.Find(request.UserBytes);
        var record = new UserRecord(parts.Users.RecordBytes(slot), parts.Users.Shape);
        var user = new OpaqueId(request.UserBytes.ToArray());
        List<EventFacts> events = history?.EventsOf(user) ?? [];
        int logged = history?.Find(user, request.EventId) ?? -1;
        int remembered = record.FindRecent(request.EventId);
        if (remembered < 0 && (logged < 0 || history!.CrossesSchemas))
        {
            request.Status = EntryStatus.UnknownEvent;
            return;
        }

        // Of another schema the log's word on how the event was split does not hold any more; the record's does.
        bool isOfSchema = history is { CrossesSchemas: false };
        EventFacts unsent = remembered >= 0 ? RecordRefold.Remembered(record)[^(remembered + 1)] : events[logged];
        if (logged >= 0 && isOfSchema && LogHistory.IsWhole(events, record))
        {
            EventFacts[] others = [.. events.Take(logged), .. events.Skip(logged + 1)];
            if (RecordRefold.TryMake(parts, others, vectors, lease) is { } made)
            {
                batch.Edits.LogUnsend(request, batch, unsent, UnsendMethod.Refolded, made);
                return;
            }
        }

        if (!vectors.TryGet(unsent, lease, out ReadOnlySpan<float> vector))
        {
            request.Status = EntryStatus.UnknownItem;
            return;
        }

        ReadOnlySpan<byte> text = System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector);
        batch.Edits.LogUnsend(request, batch, unsent, UnsendMethod.Subtracted, text);
    }
}
