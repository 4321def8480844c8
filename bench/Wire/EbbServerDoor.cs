using System.Globalization;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Bench.Wire;

/// <summary>
/// What is asked of Ebb beside the load, over a connection of its own: items before it, STATS around it.
/// </summary>
internal static class EbbServerDoor
{
    private const int BatchCount = 500;

    // Sums whose growth over a run says where it went.
    private static readonly string[] SumPrefixes =
    [
        "process.", "engine.batches", "engine.requests", "engine.lists_", "engine.scans", "engine.queue_time_us_total",
        "engine.commits", "engine.committed_entries", "engine.gpu_",
    ];

    public static async Task PutItemsAsync(WireOptions options)
    {
        await using var client = await ConnectAsync(options);
        var random = new Random(options.Seed);
        await using EbbCatalogueChange change = client.BeginCatalogueChange();
        for (int start = 0; start < options.ItemCount; start += BatchCount)
        {
            var batch = new EbbItem[Math.Min(BatchCount, options.ItemCount - start)];
            for (int index = 0; index < batch.Length; index++)
            {
                var id = new EbbId(EbbTraffic.ItemId(start + index, options));
                batch[index] = new EbbItem(id, UnitVector(client.Server.Dimension, random));
            }

            await change.PutAsync(batch);
        }

        await change.PublishAsync();
    }

    /// <summary>The numbers among STATS that only grow.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> SumsAsync(WireOptions options)
    {
        var sums = new SortedDictionary<string, long>();
        if (!options.IsEbb)
        {
            return sums;
        }

        await using var client = await ConnectAsync(options);
        foreach (var (key, value) in await client.StatsAsync())
        {
            bool isSum = Array.Exists(SumPrefixes, prefix => key.StartsWith(prefix, StringComparison.Ordinal));
            if (isSum && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long sum))
            {
                sums[key] = sum;
            }
        }

        return sums;
    }

    private static Task<EbbClient> ConnectAsync(WireOptions options) =>
        EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = options.Server, Name = "ebb-wire" });

    private static float[] UnitVector(int dimension, Random random)
    {
        double[] values = [.. Enumerable.Range(0, dimension).Select(_ => random.NextDouble() - 0.5)];
        double length = Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => (float)(value / length))];
    }
}
