using System.Text;
using Ebb.Engine;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// Does a connection's ITEM_PUT, ITEM_DESCRIBE, ITEM_REMOVE, ITEM_PATCH, GRAPH, STATS, BACKUP, SCHEMA and questions
/// about the population one after the other beside the read loop, and owns its open catalogue change. Enqueue is called
/// by the read loop alone; the in-flight account bounds what waits here.
/// </summary>
internal sealed class CatalogueLane(EbbConnection connection, ServerCore core) : IAsyncDisposable
{
    private const FrameFlags StagingFlags = FrameFlags.Stage | FrameFlags.Publish | FrameFlags.Discard;

    private Task _last = Task.CompletedTask;
    private ICatalogueStage? _stage;

    /// <summary>Queues the frame's work, or refuses it at once.</summary>
    public void Enqueue(in FrameContext frame, ReplyHead reply)
    {
        long deadline = core.DeadlineTimestamp(frame);
        if (frame.Header.Opcode == Opcode.Stats)
        {
            if (frame.Body.IsEmpty)
            {
                Chain(new CatalogueWork(reply, FrameFlags.None, [], deadline));
            }
            else
            {
                connection.Refuse(reply with { Status = StatusCode.Malformed }, "STATS has no body");
            }

            return;
        }

        if (frame.Header.Opcode == Opcode.Backup)
        {
            if (BackupVerb.TryRead(connection, core, frame, reply) is { } target)
            {
                Chain(new CatalogueWork(reply, FrameFlags.None, [], deadline) { BackupTarget = target });
            }

            return;
        }

        if (frame.Header.Opcode is Opcode.Graph or Opcode.Schema)
        {
            var run = frame.Header.Opcode == Opcode.Graph
                ? GraphVerb.TryRead(connection, core, frame, reply)
                : SchemaVerb.TryRead(connection, core, frame, reply);
            if (run is not null)
            {
                Chain(new CatalogueWork(reply, FrameFlags.None, [], deadline) { Run = run });
            }

            return;
        }

        var status = CatalogueEntry.TryReadAll(frame, core.Options.Limits, out var entries);
        var staging = frame.Header.Flags & StagingFlags;
        bool isOneFlag = staging is FrameFlags.None or FrameFlags.Stage or FrameFlags.Publish or FrameFlags.Discard;
        if (!isOneFlag || (staging == FrameFlags.Discard && entries.Count > 0))
        {
            connection.Refuse(reply with { Status = StatusCode.Malformed }, RefusalText.StagingFlags);
        }
        else if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, RefusalText.Of(status, core.Options.Limits));
        }
        else
        {
            Chain(new CatalogueWork(reply, frame.Header.Flags, entries, deadline));
        }
    }

    /// <summary>Queues a question about the population, or refuses it at once.</summary>
    public void Ask(in FrameContext frame, ReplyHead reply)
    {
        var status = PopulationAnswers.TryRead(frame, core.Options.UserKeys, out var answer);
        if (status == StatusCode.Ok)
        {
            Chain(new CatalogueWork(reply, FrameFlags.None, [], core.DeadlineTimestamp(frame)) { Answer = answer });
        }
        else
        {
            connection.Refuse(reply with { Status = status }, RefusalText.Of(status, core.Options.Limits));
        }
    }

    /// <summary>Waits for what is queued and drops what is staged.</summary>
    public async ValueTask DisposeAsync()
    {
        await _last;
        _stage?.Dispose();
    }

    private void Chain(CatalogueWork work) => _last = RunAfterAsync(_last, work);

    private async Task RunAfterAsync(Task before, CatalogueWork work)
    {
        await before;
        await Task.Yield();
        if (core.IsPast(work.DeadlineTimestamp))
        {
            // What was staged before stays staged.
            connection.Refuse(work.Reply with { Status = StatusCode.DeadlinePassed }, RefusalText.DeadlinePassed);
            return;
        }

        try
        {
            if (work.Reply.Opcode == Opcode.Stats)
            {
                AnswerStats(work.Reply);
                return;
            }

            if (work.BackupTarget is { } target)
            {
                await BackupVerb.AnswerAsync(connection, core, work.Reply, target);
                return;
            }

            if (work.Run is { } run)
            {
                await run();
                return;
            }

            if (work.Answer is { } answer)
            {
                Answer(work.Reply, answer);
                return;
            }

            ulong generation = await ApplyAsync(work);
            Answer(work, generation);
        }
        catch (EngineRequestException refused) when (work.Answer is not null)
        {
            connection.Refuse(
                work.Reply with { Status = (StatusCode)(ushort)refused.Status },
                "refused; reports about the population may have spent their privacy budget (--privacy-budget)");
        }
        catch (Exception failure)
        {
            TransportLog.CatalogueFailed(core.Logger, failure, connection.Id);
            connection.Refuse(
                work.Reply with { Status = StatusCode.Internal },
                work is { Answer: null, Run: null } ? "the catalogue change failed" : "the answer failed");
        }
    }

    private Task<ulong> ApplyAsync(CatalogueWork work)
    {
        switch (work.Flags & StagingFlags)
        {
            case FrameFlags.Stage:
                StageAll(work);
                return Task.FromResult(0UL);
            case FrameFlags.Publish:
                StageAll(work);
                return PublishAsync();
            case FrameFlags.Discard:
                _stage?.Dispose();
                _stage = null;
                return Task.FromResult(0UL);
            default:
                return ChangeAtOnceAsync(work);
        }
    }

    private void StageAll(CatalogueWork work)
    {
        _stage ??= core.Engine.BeginCatalogueChange();
        foreach (var entry in work.Entries.Where(entry => entry.Status == EntryStatus.Ok))
        {
            entry.Status = entry switch
            {
                { Put: { } put } => _stage.Put(put),
                { Patch: { } patch } => _stage.Patch(patch),
                _ => _stage.Remove(entry.Id),
            };
        }
    }

    private async Task<ulong> PublishAsync()
    {
        using var stage = _stage!;
        _stage = null;
        return await stage.PublishAsync();
    }

    private async Task<ulong> ChangeAtOnceAsync(CatalogueWork work)
    {
        CatalogueEntry[] valid = [.. work.Entries.Where(entry => entry.Status == EntryStatus.Ok)];
        if (valid.Length == 0)
        {
            return core.Engine.CatalogueGeneration;
        }

        var done = work.Reply.Opcode switch
        {
            Opcode.ItemPut or Opcode.ItemDescribe =>
                await core.Engine.PutItemsAsync([.. valid.Select(entry => entry.Put!)]),
            Opcode.ItemPatch => await core.Engine.PatchItemsAsync([.. valid.Select(entry => entry.Patch!)]),
            _ => await core.Engine.RemoveItemsAsync([.. valid.Select(entry => entry.Id)]),
        };
        for (int index = 0; index < valid.Length; index++)
        {
            valid[index].Status = done.Statuses[index];
        }

        return done.Generation;
    }

    private void Answer(CatalogueWork work, ulong generation)
    {
        bool isFull = work.Entries.Exists(entry => entry.Status == EntryStatus.OutOfMemory);
        string memory = isFull ? core.Engine.DescribeItemMemory() : "";
        var frame = connection.BeginReply(connection.Output.Enter(), work.Reply);
        if (isFull)
        {
            frame.TagMessage(memory);
        }

        var body = frame.Body();
        body.WriteUInt64(generation);
        body.WriteUInt32((uint)work.Entries.Count);
        foreach (var entry in work.Entries)
        {
            body.WriteUInt16((ushort)entry.Status);
        }

        connection.EndReply(frame, work.Reply);
    }

    // Made before the reply is begun: a failure must leave no half of one.
    private void Answer(ReplyHead reply, Action<IEngineDoor, FrameBuffer> answer)
    {
        using var made = new FrameBuffer();
        answer(core.Engine, made);
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        frame.Body().WriteBytes(made.Written);
        connection.EndReply(frame, reply);
    }

    private void AnswerStats(ReplyHead reply)
    {
        List<KeyValuePair<string, string>> stats =
        [
            KeyValuePair.Create("server.name", core.Options.Name),
            KeyValuePair.Create("server.connections", $"{core.Connections.Count}"),
            KeyValuePair.Create("server.in_flight", $"{core.Connections.SumInFlight()}"),
            .. ProcessStats.Read(),
            .. core.Engine.GetStats(),
        ];
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        var writer = new StatsWriter(frame.Body(), stats.Count);
        foreach (var (key, value) in stats)
        {
            writer.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        }

        connection.EndReply(frame, reply);
    }

    /// <param name="DeadlineTimestamp">Of the engine's clock; 0: none.</param>
    private sealed record CatalogueWork(
        ReplyHead Reply, FrameFlags Flags, List<CatalogueEntry> Entries, long DeadlineTimestamp)
    {
        public string? BackupTarget { get; init; }

        /// <summary>A verb that answers by itself.</summary>
        public Func<Task>? Run { get; init; }

        public Action<IEngineDoor, FrameBuffer>? Answer { get; init; }
    }
}
