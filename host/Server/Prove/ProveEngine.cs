using System.Net;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;

namespace Ebb.Server.Prove;

/// <summary>Small engines and servers for checks, and what is put into them. Seeded.</summary>
internal static class ProveEngine
{
    public const int Dimension = 4;

    private const int ItemCount = 200;

    public static EngineOptions Options(string? folder, TimeProvider? clock = null) => new()
    {
        Folder = folder,
        Dimension = Dimension,
        PartitionCount = 2,
        Clock = clock ?? TimeProvider.System,
        Store = new StoreOptions { MemoryBytesMax = 16 << 20, ExportInterval = TimeSpan.Zero },
        Log = new EventLogOptions(),
    };

    public static Task<ServerHost> ServeAsync(EngineOptions engine, EbbServerOptions? server = null) =>
        ServerHost.StartAsync(new ServeOptions(
            engine, (server ?? new EbbServerOptions()) with { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) }));

    public static Task PutItemsAsync(InterestEngine engine, int seed = 42)
    {
        var random = new Random(seed);
        return engine.PutItemsAsync(
        [
            .. Enumerable.Range(0, ItemCount).Select(item => new ItemPut(
                $"item-{item}", (float[])[.. Enumerable.Range(0, Dimension).Select(_ => (random.NextSingle() * 2) - 1)])
            {
                Category = "c" + (item % 7),
            }),
        ]);
    }

    public static async Task ObserveAsync(InterestEngine engine, int count, int seed, long nowMs)
    {
        var random = new Random(seed);
        for (int sent = 0; sent < count; sent += 100)
        {
            await engine.ObserveAsync(
            [
                .. Enumerable.Range(0, Math.Min(100, count - sent)).Select(_ => new BehaviourEvent(
                    $"user-{random.Next(500)}", $"item-{random.Next(ItemCount)}", EventTypes.Click,
                    nowMs - random.NextInt64(86_400_000))),
            ]);
        }
    }
}
