using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Makes a partition's users anew for the schema in force while it serves: first those whose record remembers all their
/// events; then the others, some at a time, from the retained log, or from their last events where it does not reach
/// back; then, from the log too, those who were touched meanwhile and made do with their last events. Used once.
/// </summary>
internal sealed class PartitionRebuilder(EngineCore core, Partition partition, CancellationToken stop)
{
    private const int SliceUserCount = 16;

    /// <summary>Events held in memory at a time while the log is read for their users: about 200 MiB.</summary>
    private const ulong EventCountMax = 2 << 20;

    private readonly List<(OpaqueId User, ulong EventCount)> _deep = [];

    public async Task RunAsync()
    {
        PartitionParts parts = partition.Batch.Parts;
        if (parts.Rebuild is null)
        {
            return;
        }

        await RebuildRememberedAsync(parts).ConfigureAwait(false);
        await RebuildFromLogAsync(parts, _deep).ConfigureAwait(false);
        OpaqueId[] touched = await TurnAsync(_ => parts.Rebuild.Touched()).ConfigureAwait(false);
        await RebuildFromLogAsync(parts, [.. touched.Select(user => (user, EventCountMax / 64))]).ConfigureAwait(false);
        await TurnAsync(_ =>
        {
            parts.Rebuild.Dispose();
            parts.Rebuild = null;
            return true;
        }).ConfigureAwait(false);
    }

    private async Task RebuildRememberedAsync(PartitionParts parts)
    {
        UserRebuild rebuild = parts.Rebuild!;
        UserScan scan = await TurnAsync(_ => rebuild.Store.BeginScan()).ConfigureAwait(false);
        var slice = new PendingUsers(rebuild.Before.Shape);
        try
        {
            int read;
            do
            {
                stop.ThrowIfCancellationRequested();
                read = await TurnAsync(_ =>
                {
                    int given = rebuild.Store.ReadNext(scan, SliceUserCount, slice);
                    RebuildRemembered(parts, slice);
                    return given;
                }).ConfigureAwait(false);
            }
            while (read > 0);
        }
        finally
        {
            await TurnAsync(_ =>
            {
                scan.Dispose();
                return true;
            }).ConfigureAwait(false);
        }
    }

    private void RebuildRemembered(PartitionParts parts, PendingUsers slice)
    {
        var entries = new FoldEntryBuffer();
        using CatalogueLease lease = core.Catalogue.Read();
        byte[] target = new byte[parts.Schema.Shape.RecordBytes];
        foreach ((OpaqueId user, byte[] bytes) in slice.Take())
        {
            var record = new UserRecord(bytes, parts.Rebuild!.Before.Shape);
            if (parts.Rebuild.FromRecord(parts, record, lease, target) == RebuildMethod.Remembered)
            {
                entries.AddRebuild(user.Span, target, RebuildMethod.Remembered);
            }
            else
            {
                _deep.Add((user, record.EventCount));
            }
        }

        Require(partition.Batch.RunEntries(entries, default(NoVectors)));
    }

    private async Task RebuildFromLogAsync(
        PartitionParts parts, IReadOnlyList<(OpaqueId User, ulong EventCount)> users)
    {
        for (int next = 0; next < users.Count;)
        {
            var chunk = new List<OpaqueId>();
            for (ulong events = 0; next < users.Count && (chunk.Count == 0 || events < EventCountMax); next++)
            {
                chunk.Add(users[next].User);
                events += users[next].EventCount;
            }

            var vectors = new VersionedVectors();
            LogHistory? history = new(chunk, Math.Max(1, core.Log.FirstSequence(parts.Id)));
            history = await core.Edits.ReadAsync(history, vectors, parts.Id).ConfigureAwait(false);
            foreach (OpaqueId[] slice in chunk.Chunk(SliceUserCount))
            {
                stop.ThrowIfCancellationRequested();
                await TurnAsync(_ => RebuildSlice(parts, slice, history, vectors)).ConfigureAwait(false);
            }
        }
    }

    private bool RebuildSlice(
        PartitionParts parts, OpaqueId[] users, LogHistory? history, VersionedVectors vectors)
    {
        // What came since the last slice; a user who was not touched has nothing in it.
        history = core.Edits.ReadAsync(history, vectors: null, parts.Id).GetAwaiter().GetResult();
        var entries = new FoldEntryBuffer();
        using CatalogueLease lease = core.Catalogue.Read();
        foreach (OpaqueId user in users)
        {
            Rebuild(parts, user, history, (entries, vectors), lease);
        }

        Require(partition.Batch.RunEntries(entries, default(NoVectors)));
        return true;
    }

    private static void Rebuild(
        PartitionParts parts, OpaqueId user, LogHistory? history,
        (FoldEntryBuffer Entries, VersionedVectors Vectors) with, CatalogueLease lease)
    {
        UserRebuild rebuild = parts.Rebuild!;
        bool isPending = rebuild.TryRead(user.Span, out UserRecord record);
        if (!isPending)
        {
            parts.Users.Clear();
            int slot = parts.Users.Add(user.Span);
            parts.Users.Load(parts.Store);
            if (!parts.Users.IsFound(slot))
            {
                return;
            }

            record = new UserRecord(parts.Users.RecordBytes(slot), parts.Schema.Shape);
        }

        List<EventFacts> events = history?.EventsOf(user) ?? [];
        if (LogHistory.IsWhole(events, record)
            && UserRebuild.TryFromLog(parts, events, record, with.Vectors, lease, out byte[] whole))
        {
            with.Entries.AddRebuild(user.Span, whole, RebuildMethod.Log);
        }
        else if (isPending)
        {
            byte[] target = new byte[parts.Schema.Shape.RecordBytes];
            RebuildMethod method = rebuild.FromRecord(parts, record, lease, target);
            with.Entries.AddRebuild(user.Span, target, method);
        }
    }

    private static void Require(bool isLogged)
    {
        if (!isLogged)
        {
            throw new EventLogException("the log takes no more entries; a restart goes on with the users left");
        }
    }

    private Task<TResult> TurnAsync<TResult>(Func<Partition, TResult> function)
    {
        var turn = new ExclusiveTurn<TResult>(function);
        partition.Post(turn);
        return turn.Result;
    }

    /// <summary>A slice of the store before, as it was read.</summary>
    private sealed class PendingUsers(RecordShape shape) : IUserSink
    {
        private readonly List<(OpaqueId User, byte[] Record)> _users = [];

        public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
        {
            if (record.Length == shape.RecordBytes)
            {
                _users.Add((new OpaqueId(key.ToArray()), record.ToArray()));
            }
        }

        public (OpaqueId User, byte[] Record)[] Take()
        {
            var taken = _users.ToArray();
            _users.Clear();
            return taken;
        }
    }
}
