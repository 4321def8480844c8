using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Xunit;

namespace Ebb.Engine.Tests.Interest;

/// <summary>Engines over a small catalogue of random vectors, seed 42.</summary>
internal static class EngineFixture
{
    public const int Dimension = 16;
    public const long DayMs = 86_400_000;
    public const long NowMs = 1_700_000_000_000;

    /// <summary>A policy under which every list is a fresh, exact scan.</summary>
    public static readonly ServingPolicy ExactPolicy = new()
    {
        KeepBelow = 0,
        ShiftFrom = double.PositiveInfinity,
        RefreshTolerance = 0,
    };

    public static readonly MemorySchema UnitSchema = new()
    {
        HalfLives = [TimeSpan.FromDays(1)],
        EventTypes =
        [
            new EventTypeRule(EventTypes.Click, "click", 1),
            new EventTypeRule(EventTypes.Dislike, "dislike", -1),
        ],
    };

    public static EngineOptions Options(string? folder = null, int partitionCount = 2) => new()
    {
        Folder = folder,
        Dimension = Dimension,
        PartitionCount = partitionCount,
        Schema = UnitSchema,
        Policy = ExactPolicy,
        Clock = new FixedClock(NowMs),
        ScanThreads = 1,
    };

    public static ItemPut[] Items(int count, int dimension = Dimension, int seed = 42)
    {
        var random = new Random(seed);
        var items = new ItemPut[count];
        for (int index = 0; index < count; index++)
        {
            float[] vector = new float[dimension];
            foreach (ref float value in vector.AsSpan())
            {
                value = (random.NextSingle() * 2) - 1;
            }

            items[index] = new ItemPut(ItemId(index), vector) { Category = "c" + (index % 5) };
        }

        return items;
    }

    public static OpaqueId ItemId(int index) => "item-" + index;

    public static BehaviourEvent Click(string user, int item, long timeMs, ulong eventId = 0) =>
        new(user, ItemId(item), EventTypes.Click, timeMs, null, eventId);

    public static async Task<InterestEngine> OpenWithItemsAsync(EngineOptions options, int itemCount = 200)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(options);
        ItemChangeReply reply = await engine.PutItemsAsync(Items(itemCount));
        Assert.All(reply.Statuses, status => Assert.Equal(EntryStatus.Ok, status));
        return engine;
    }

    /// <summary>The plain sum over all events in double, and a full sort: the oracle of every list.</summary>
    public static (OpaqueId Item, double Score)[] Oracle(
        IEnumerable<BehaviourEvent> events, ItemPut[] items, double halfLifeMs, int count)
    {
        BehaviourEvent[] all = [.. events];
        long last = all.Max(behaviour => behaviour.TimeMs);
        var byId = items.ToDictionary(item => item.Id);
        double[] interest = new double[items[0].Vector.Length];
        foreach (BehaviourEvent behaviour in all)
        {
            double factor = Math.Pow(2, -(last - behaviour.TimeMs) / halfLifeMs);
            ReadOnlySpan<float> vector = byId[behaviour.Item].Vector.Span;
            for (int d = 0; d < interest.Length; d++)
            {
                interest[d] += factor * vector[d];
            }
        }

        return
        [
            .. items.Select((item, index) => (item.Id, Score: Dot(interest, item.Vector.Span), Index: index))
                .OrderByDescending(item => item.Score).ThenBy(item => item.Index)
                .Take(count).Select(item => (item.Id, item.Score)),
        ];
    }

    private static double Dot(double[] left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int d = 0; d < left.Length; d++)
        {
            sum += left[d] * right[d];
        }

        return sum;
    }
}
