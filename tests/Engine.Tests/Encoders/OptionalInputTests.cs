using System.Text.Json;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>Models that read ages and event types too: what arrives in the real runtime is the events'.</summary>
public sealed class OptionalInputTests
{
    private const int Length = BundleFolder.LengthMax;

    private static readonly byte[] Types = [EventTypes.View, EventTypes.Click, EventTypes.Purchase];

    private static readonly MemorySchema Schema = UnitSchema with
    {
        EventTypes = [.. Types.Select(type => new EventTypeRule(type, $"type {type}", 1))],
    };

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Recommend_ModelReadsAgesOrTypes_TheyAreThoseOfTheEvents(bool ages, bool types)
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using BundleFolder bundle = Bundle(ages, types);
        WriteReference(bundle, ages, types);
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options() with
        {
            Encoder = bundle.Load(),
            Schema = Schema,
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 0, Encoder = 1 }, CandidateFactor = 1 },
        });
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());

        // Seconds apart, some more of them than the model reads: those fall away before ages are taken.
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, Length + 3).Select(index => new BehaviourEvent(
                "u", ItemId(index * 11 % BundleFolder.ItemCount), Types[index % Types.Length],
                NowMs - (1000L * (Length + 3 - index)))),
        ];
        ObserveReply observed = await engine.ObserveAsync(events);
        Assert.All(observed.Statuses, status => Assert.Equal(EntryStatus.Ok, status));
        Recommendation list = await engine.RecommendAsync("u", new RecommendQuery { Count = 20 });

        Assert.Equal(EncodingUse.Fresh, list.Encoding);
        double[] expected = Scores(bundle, events[^Length..], ages, types);
        double[] best = [.. expected.OrderDescending()];
        for (int place = 0; place < list.Items.Count; place++)
        {
            int item = int.Parse(list.Items[place].Item.ToString()[5..]);
            Assert.Equal(expected[item], list.Items[place].Score, 2e-4);
            Assert.Equal(best[place], list.Items[place].Score, 2e-4);
        }
    }

    [Theory]
    [InlineData(true, false, "reads ages")]
    [InlineData(false, true, "reads types")]
    [InlineData(true, true, "reads ages")]
    public void Load_ReferenceWithoutThem_IsRefusedInOneLine(bool ages, bool types, string problem)
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using BundleFolder bundle = Bundle(ages, types);
        BundleException refused = Assert.Throws<BundleException>(() => bundle.Load().Dispose());
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static BundleFolder Bundle(bool ages, bool types)
    {
        using var plain = new BundleFolder();
        return new BundleFolder(new OnnxWriter(plain.Vectors) { WithAges = ages, WithTypes = types });
    }

    /// <summary>A row of every length; the newest event of a row has age 0.</summary>
    private static void WriteReference(BundleFolder bundle, bool ages, bool types)
    {
        int[] lengths = [.. Enumerable.Range(0, Length + 1)];
        T[][] Rows<T>(Func<int, int, T> cell) =>
            [.. lengths.Select(length => Enumerable.Range(0, length).Select(at => cell(length, at)).ToArray())];
        int[][] items = Rows((length, at) => 1 + (((length * 7) + at) % BundleFolder.ItemCount));
        double[][] ageRows = Rows((length, at) => 0.5 * (length - 1 - at));
        long[][] typeRows = Rows((_, at) => (long)Types[at % Types.Length]);
        var reference = new Dictionary<string, object>
        {
            ["item_ids"] = items,
            ["lengths"] = lengths,
            ["expected"] = lengths.Select(length =>
            {
                double more = (ages ? ageRows[length].Sum() : 0) + (types ? typeRows[length].Sum() : 0);
                return bundle.Sum(items[length]).Select(value => value + more).ToArray();
            }).ToArray(),
        };
        if (ages)
        {
            reference["ages"] = ageRows;
        }

        if (types)
        {
            reference["types"] = typeRows;
        }

        bundle.Write("reference.json", JsonSerializer.SerializeToUtf8Bytes(reference));
        bundle.Seal();
    }

    /// <summary>The encoder's source over every item in double, standardised.</summary>
    private static double[] Scores(BundleFolder bundle, BehaviourEvent[] events, bool ages, bool types)
    {
        double more = (ages ? events.Sum(act => (events[^1].TimeMs - act.TimeMs) / 1000.0) : 0)
            + (types ? events.Sum(act => (double)act.Type) : 0);
        double[] encoding =
        [
            .. bundle.Sum(events.Select(act => 1 + int.Parse(act.Item.ToString()[5..]))).Select(value => value + more),
        ];
        double[] dots =
            [.. bundle.Vectors.Select(row => encoding.Select((value, d) => value * row[d]).Sum())];
        double mean = dots.Average();
        double spread = Math.Sqrt(dots.Average(value => (value - mean) * (value - mean)));
        return [.. dots.Select(value => (value - mean) / spread)];
    }
}
