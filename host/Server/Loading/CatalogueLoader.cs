using Ebb.Client;
using Ebb.Protocol;
using Ebb.Server.Commands;

namespace Ebb.Server.Loading;

/// <summary>
/// Brings a catalogue into a server as one generation: staged in batches out of sight, then published durably. An item
/// that the server refuses is counted; the rest are put.
/// </summary>
public static class CatalogueLoader
{
    /// <summary>Vector bytes of one frame: far below the frame limit, large enough to keep the wire full.</summary>
    private const int BatchBytes = 512 << 10;

    private const int BatchesInFlight = 4;

    /// <summary>The generation that shows the items.</summary>
    /// <exception cref="CliException">The vectors' dimension is not the server's.</exception>
    public static async Task<ulong> LoadAsync(EbbClient client, CatalogueSource source, LoadRun run)
    {
        if (source.Dimension != client.Server.Dimension)
        {
            throw new CliException(
                $"{source.VectorsPath}: its vectors have {source.Dimension} dimensions, the server's have "
                + $"{client.Server.Dimension}",
                "load other vectors, or start a server with --dimension " + source.Dimension);
        }

        foreach (string problem in source.BadRows)
        {
            run.Summary.AddExample(problem);
        }

        run.Summary.BadRows += source.BadRowCount;
        await using EbbCatalogueChange change = client.BeginCatalogueChange();
        await StageAsync(change, source, BatchCount(client.Server), run);
        ulong generation = await change.PublishAsync(EbbAck.Durable, run.Cancellation);
        run.Summary.Generation = generation;
        return generation;
    }

    private static async Task StageAsync(
        EbbCatalogueChange change, CatalogueSource source, int batchCount, LoadRun run)
    {
        var pending = new Queue<(List<EbbItem> Items, Task<ItemChangeResult> Reply)>();
        bool more = true;
        while (more || pending.Count > 0)
        {
            List<EbbItem> batch = more ? TakeBatch(source, batchCount) : [];
            more = batch.Count > 0;
            if (more)
            {
                pending.Enqueue((batch, change.PutAsync(batch, run.Cancellation)));
            }

            if (pending.Count > 0 && (!more || pending.Count >= BatchesInFlight))
            {
                (List<EbbItem> items, Task<ItemChangeResult> reply) = pending.Dequeue();
                Count(items, await reply, run);
            }
        }
    }

    private static List<EbbItem> TakeBatch(CatalogueSource source, int batchCount)
    {
        var batch = new List<EbbItem>(batchCount);
        while (batch.Count < batchCount && source.Next() is EbbItem item)
        {
            batch.Add(item);
        }

        return batch;
    }

    private static void Count(List<EbbItem> items, ItemChangeResult reply, LoadRun run)
    {
        for (int index = 0; index < items.Count; index++)
        {
            if (reply.Statuses[index].IsDone())
            {
                run.Summary.ItemsPut++;
            }
            else
            {
                run.Summary.Refuse(reply.Statuses[index], $"item {items[index].Id}");
            }
        }

        run.Progress.Report(run.Summary.ItemsPut + run.Summary.Refusals.Values.Sum());
    }

    private static int BatchCount(EbbServerInfo server)
    {
        // An item's frame bytes: its vector, its id, and room for attributes of usual length.
        int itemBytes = (server.Dimension * sizeof(float)) + 256;
        int byBytes = Math.Min(BatchBytes, server.Limits.FrameBytesMax / 8) / itemBytes;
        return Math.Clamp(byBytes, 1, server.Limits.BatchEntriesMax);
    }
}
