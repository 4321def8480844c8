using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Bench.Load;

/// <summary>The items that a run acts on: ids from a file, or random vectors that it puts itself.</summary>
internal static class LoadCatalogue
{
    private const int BatchCount = 500;

    public static async Task<EbbId[]> PrepareAsync(LoadOptions options, EbbClient client)
    {
        if (options.IdsPath is string path)
        {
            return [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => new EbbId(line))];
        }

        var random = new Random(options.Seed);
        EbbId[] ids = [.. Enumerable.Range(0, options.PutItems).Select(item => new EbbId($"load-{item}"))];
        await using EbbCatalogueChange change = client.BeginCatalogueChange();
        foreach (EbbId[] batch in ids.Chunk(BatchCount))
        {
            EbbItem[] items = [.. batch.Select(id => new EbbItem(id, UnitVector(client.Server.Dimension, random)))];
            await change.PutAsync(items);
        }

        await change.PublishAsync();
        return ids;
    }

    private static float[] UnitVector(int dimension, Random random)
    {
        double[] values = [.. Enumerable.Range(0, dimension).Select(_ => random.NextDouble() - 0.5)];
        double length = Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => (float)(value / length))];
    }
}
