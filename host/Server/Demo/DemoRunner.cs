using System.Diagnostics;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Protocol;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;

namespace Ebb.Server.Demo;

/// <summary>
/// The demo's steps: put the catalogue, play the events, ask for the story. Talks to a running server over TCP only.
/// Used by one caller at a time.
/// </summary>
public sealed class DemoRunner(DemoData data, ServerHost host, EbbClient client)
{
    private const int ItemBatchCount = 500;

    /// <summary>Shows every product as one generation.</summary>
    public async Task PutCatalogueAsync(CancellationToken cancellation)
    {
        await using EbbCatalogueChange change = client.BeginCatalogueChange();
        for (int first = 0; first < data.Vectors.Count; first += ItemBatchCount)
        {
            IEnumerable<int> rows = Enumerable.Range(first, Math.Min(ItemBatchCount, data.Vectors.Count - first));
            EbbItem[] items = [.. rows.Select(row => new EbbItem(data.Vectors.Ids[row], data.Vectors.Row(row)))];
            ItemChangeResult reply = await change.PutAsync(items, cancellation);
            int refused = reply.Statuses.Count(status => !status.IsDone());
            if (refused > 0)
            {
                throw new CliException(
                    $"the server refused {refused} of {items.Length} products", "is the shipped data complete?");
            }
        }

        await change.PublishAsync(EbbAck.Applied, cancellation);
    }

    public async Task<DemoReport> PlayAsync(DemoOptions options, Terminal terminal, CancellationToken cancellation)
    {
        int customer = data.FindCustomer(options.Customer ?? DemoData.DefaultCustomer);
        IReadOnlyList<Invoice> invoices = data.Choose(options.Short, customer);
        long eventCount = invoices.Sum(invoice => (long)invoice.Count);
        using var player = new DemoPlayer(client, data);
        var clock = Stopwatch.StartNew();
        if (options.Json)
        {
            await player.PlayAsync(invoices, new Progress<long>(), cancellation);
        }
        else
        {
            await terminal.ProgressAsync("events over TCP", eventCount, async progress =>
            {
                await player.PlayAsync(invoices, progress, cancellation);
                progress.Report(eventCount);
                return true;
            });
        }

        double seconds = clock.Elapsed.TotalSeconds;
        CustomerStory story = await StoryTeller.TellAsync(client, data, customer, cancellation);
        DemoReport report = Report(player.Tally, story, options, invoices, seconds);
        return report with
        {
            Encoder = await DemoEncoder.AskAsync(host, client, data, customer, cancellation),
        };
    }

    private DemoReport Report(
        PlayTally tally, CustomerStory story, DemoOptions options, IReadOnlyList<Invoice> invoices, double seconds)
    {
        EngineStats stats = host.Engine.GetStats();
        return new DemoReport
        {
            Data = "UCI Online Retail, 2010-12-01 to 2011-12-09 (D. Chen, doi 10.24432/C5BW33, CC BY 4.0)",
            Complete = !options.Short,
            CustomerCount = invoices.Select(invoice => invoice.User).Distinct().Count(),
            InvoiceCount = invoices.Count,
            ItemCount = stats.ItemCount,
            Server = $"{host.Endpoint}, {stats.Backend} backend, {stats.PartitionCount} partitions, "
                + $"D {stats.Dimension}",
            HalfLife = HumanDuration.Format(host.Engine.Schema.HalfLives),
            EventsSent = tally.EventsSent,
            EventsApplied = tally.EventsApplied,
            EventsRefused = tally.EventsRefused,
            Seconds = Math.Round(seconds, 3),
            EventsPerSecond = Math.Round(tally.EventsApplied / seconds),
            Measured = $"at the client, from before the call until its answer is decoded, over loopback TCP: one "
                + $"connection, up to {DemoPlayer.InFlightMax} calls in flight (closed loop), among them the other "
                + $"events in batches of up to {DemoPlayer.BatchCount}; client and server share one process and "
                + $"{Environment.ProcessorCount} CPUs",
            Act = tally.Act.Summarise(),
            Recommend = tally.Recommend.Summarise(),
            Lists = new ListCounts(
                tally.ListCount(EbbListDecision.Keep), tally.ListCount(EbbListDecision.Refresh),
                tally.ListCount(EbbListDecision.New), tally.ListCount(EbbListDecision.Diversify),
                tally.ListCount(EbbListDecision.Popular)),
            Story = story,
            Encoder = new EncodedWishes("", [], 0),
        };
    }
}
