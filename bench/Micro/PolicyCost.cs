using System.Diagnostics;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;

namespace Ebb.Bench.Micro;

/// <summary>
/// What the model costs: ACT (fold one click, answer with twenty items) on an engine in memory with a bare exponential
/// (A) and with the whole policy (B: four sources, phases, drift, decisions, diversity), in turn, A B A B. CPU time of
/// the process an ACT, since other work runs beside. <c>dotnet run -c Release --project bench/Micro -- policycost</c>
/// </summary>
internal static class PolicyCost
{
    private const int Dimension = 64;
    private const int UserCount = 2000;
    private const int WarmCount = 10_000;
    private const int RoundCount = 7;
    private const int CallsPerRound = 2000;

    private static readonly PhaseRule Phases = new() { Boost = 0.2, Reduce = 0.2 };

    private static readonly (string Name, ServingPolicy Policy)[] Policies =
    [
        ("A bare exponential", new ServingPolicy { KeepBelow = 0, ShiftFrom = 3 }),
        ("B whole policy", new ServingPolicy
        {
            Sources = new SourcePolicy
            {
                Vector = 1, Transitions = 1, Neighbours = 0.5, Popularity = 0.3, Repeats = 0.3,
            },
            Lifecycle = new LifecyclePolicy { Categories = Phases, Items = Phases },
        }),
    ];

    public static async Task RunAsync()
    {
        Console.WriteLine("| items | policy | CPU µs an ACT, median | of A's throughput |");
        Console.WriteLine("|---|---|---|---|");
        foreach (int itemCount in (int[])[10_000, 50_000])
        {
            await PrintAsync(itemCount).ConfigureAwait(false);
        }
    }

    private static async Task PrintAsync(int itemCount)
    {
        var engines = new List<InterestEngine>();
        foreach ((_, ServingPolicy policy) in Policies)
        {
            engines.Add(await OpenAsync(policy, itemCount).ConfigureAwait(false));
        }

        double[][] times = [.. engines.Select(_ => new double[RoundCount])];
        long[] clocks = [0, 0];
        for (int at = 0; at < engines.Count; at++)
        {
            clocks[at] = await CallAsync(engines[at], itemCount, WarmCount, 0).ConfigureAwait(false);
            await engines[at].SettleSourcesAsync().ConfigureAwait(false);
        }

        for (int round = 0; round < RoundCount; round++)
        {
            for (int at = 0; at < engines.Count; at++)
            {
                TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
                clocks[at] = await CallAsync(engines[at], itemCount, CallsPerRound, clocks[at]).ConfigureAwait(false);
                times[at][round] = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds
                    / CallsPerRound;
            }
        }

        double[] medians = [.. times.Select(each => each.Order().ElementAt(RoundCount / 2))];
        for (int at = 0; at < engines.Count; at++)
        {
            double ratio = medians[0] / medians[at];
            Console.WriteLine($"| {itemCount} | {Policies[at].Name} | {medians[at]:F1} | {ratio:F2} |");
            await engines[at].DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<InterestEngine> OpenAsync(ServingPolicy policy, int itemCount)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Folder = null,
            Dimension = Dimension,
            Policy = policy,
            Schema = new MemorySchema
            {
                HalfLives = [TimeSpan.FromMinutes(10)],
                FutureTolerance = TimeSpan.FromDays(36_500),
            },
        }).ConfigureAwait(false);
        var random = new Random(42);
        foreach (int[] chunk in Enumerable.Range(0, itemCount).Chunk(4096))
        {
            await engine.PutItemsAsync([.. chunk.Select(item => new ItemPut($"i{item}", Direction(random))
            {
                Category = $"c{item % 40}",
            })])
                .ConfigureAwait(false);
        }

        return engine;
    }

    /// <summary>Clicks of users in turn, each near their last one; returns the count of clicks so far.</summary>
    private static async Task<long> CallAsync(InterestEngine engine, int itemCount, int count, long from)
    {
        var query = new RecommendQuery { Count = 20 };
        for (long click = from; click < from + count; click++)
        {
            long user = click % UserCount;
            long turn = click / UserCount;

            // Popular items are clicked more often, and a user goes on to items near the last.
            long start = user * user * 7919 % itemCount;
            long item = (start + (turn * (1 + (user % 7)))) % (1 + ((itemCount - 1) / (1 + (user % 10))));
            long timeMs = 1_700_000_000_000 + (click * 50);
            OpaqueId key = $"u{user}";
            await engine.ActAsync(
                key, [new BehaviourEvent(key, $"i{item}", EventTypes.Click, timeMs)], query with { NowMs = timeMs })
                .ConfigureAwait(false);
        }

        return from + count;
    }

    private static float[] Direction(Random random)
    {
        float[] row = [.. Enumerable.Range(0, Dimension).Select(_ => (float)(random.NextDouble() - 0.5))];
        float norm = MathF.Sqrt(row.Sum(value => value * value));
        return [.. row.Select(value => value / norm)];
    }
}
