using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Why;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>Lists with the encoder, on the summing model: in every build.</summary>
public sealed class EncoderServingTests
{
    private const int ItemCount = BundleFolder.ItemCount;

    private static readonly SourcePolicy Both = new() { Vector = 1, Encoder = 0.8 };

    private static readonly RecommendQuery Top = new() { Count = 20 };

    [Theory]
    [InlineData(1, 0.8, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0.3, 1, 0.5)]
    public async Task Recommend_WithTheEncoder_IsTheFullBlendInDouble(double vector, double encoder, double repeats)
    {
        using var bundle = new BundleFolder();
        var policy = new SourcePolicy { Vector = vector, Encoder = encoder, Repeats = repeats };
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(), policy);
        BehaviourEvent[] events = Events("u", 20);
        await engine.ObserveAsync(events);
        Recommendation list = await engine.RecommendAsync("u", Top);
        double[] expected = Blend(bundle, events, policy);
        int[] order = [.. Enumerable.Range(0, ItemCount).OrderByDescending(item => expected[item])];
        Assert.Equal(EncodingUse.Fresh, list.Encoding);
        Assert.True(list.Exact);
        for (int place = 0; place < list.Items.Count; place++)
        {
            int item = int.Parse(list.Items[place].Item.ToString()[5..]);
            Assert.Equal(expected[item], list.Items[place].Score, 2e-4);
            Assert.Equal(expected[order[place]], list.Items[place].Score, 2e-4);
        }
    }

    [Fact]
    public async Task Recommend_NothingHappenedSince_TakesTheEncodingOfBefore()
    {
        using var bundle = new BundleFolder();
        var models = new SummingModels(bundle.Vectors);
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(models), Both);
        await engine.ObserveAsync(Events("u", 5));
        Recommendation first = await engine.RecommendAsync("u", Top);
        int runs = models.RunCount;
        Recommendation second = await engine.RecommendAsync("u", Top);
        Assert.Equal(EncodingUse.Kept, second.Encoding);
        Assert.Equal(runs, models.RunCount);
        Assert.Equal(first.Items.Select(item => (item.Item, item.Score)), second.Items.Select(
            item => (item.Item, item.Score)));
        ActReply after = await engine.ActAsync("u", [Click("u", 3, NowMs + 1)], Top);
        Assert.Equal(EncodingUse.Fresh, after.Recommendation.Encoding);
        Assert.Equal(runs + 1, models.RunCount);
    }

    [Fact]
    public async Task Recommend_DeadlineNear_GoesWithoutAndSaysSo()
    {
        using var bundle = new BundleFolder();
        EngineOptions options = Options() with
        {
            Clock = new StillClock(NowMs),
            Encoder = bundle.LoadAnyhow(),
            Policy = ExactPolicy with { Sources = Both },
        };
        await using InterestEngine engine = await InterestEngine.OpenAsync(options);
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());
        await engine.ObserveAsync(Events("u", 5));
        Assert.Equal(EncodingUse.Skipped, (await AskAsync(engine, StillClock.Timestamp + 10)).Encoding);
        Assert.Equal(EncodingUse.Fresh, (await AskAsync(engine, StillClock.Timestamp + 10_000_000)).Encoding);
        Assert.Equal(1, engine.GetStats().EncodingsSkipped);
    }

    [Fact]
    public async Task Recommend_NoModel_ServesTheOtherSourcesAndSaysSo()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(bundle, null, Both);
        await engine.ObserveAsync(Events("u", 5));
        Recommendation list = await engine.RecommendAsync("u", Top);
        Assert.Equal(EncodingUse.NoModel, list.Encoding);
        double[] expected = Blend(bundle, Events("u", 5), Both with { Encoder = 0 });
        Assert.Equal(expected.Max(), list.Items[0].Score, 2e-4);
    }

    [Fact]
    public async Task Recommend_PolicyWithoutTheEncoder_DoesNotRunIt()
    {
        using var bundle = new BundleFolder();
        var models = new SummingModels(bundle.Vectors);
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(models), new SourcePolicy());
        int runs = models.RunCount;
        await engine.ObserveAsync(Events("u", 5));
        Assert.Equal(EncodingUse.None, (await engine.RecommendAsync("u", Top)).Encoding);
        Assert.Equal(runs, models.RunCount);
    }

    [Fact]
    public async Task Recommend_ItemsTheModelDoesNotKnow_AreTakenForAbsentAndCounted()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(), Both);
        await engine.PutItemsAsync([new ItemPut("new", bundle.Vectors[0])]);
        var strange = new BehaviourEvent("v", "new", EventTypes.Click, NowMs);
        Assert.Equal(EncodingUse.Unknown, (await engine.ActAsync("v", [strange], Top)).Recommendation.Encoding);
        await engine.ObserveAsync(Events("u", 5));
        var all = new RecommendQuery { Explain = true, Count = ItemCount + 1 };
        Recommendation without = await engine.RecommendAsync("u", all);
        Recommendation with = (await engine.ActAsync(
            "u", [new BehaviourEvent("u", "new", EventTypes.Click, NowMs - 1_000_000)],
            all)).Recommendation;
        Assert.Equal(EncoderPart(without), EncoderPart(with), 1e-5);
        Assert.Equal(2, engine.GetStats().EncodedEventsUnknown);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recommend_ModelFails_IsServedWithoutItAndGoesOn(bool throws)
    {
        using var bundle = new BundleFolder();
        var models = new SummingModels(bundle.Vectors);
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(models), Both);
        await engine.ObserveAsync(Events("u", 5));
        (models.Fails, models.SaysNothing) = (throws, !throws);
        Recommendation list = await engine.RecommendAsync("u", Top);
        Assert.Equal(EncodingUse.Failed, list.Encoding);
        Assert.All(list.Items, item => Assert.True(float.IsFinite(item.Score)));
        (models.Fails, models.SaysNothing) = (false, false);
        Assert.Equal(EncodingUse.Fresh, (await engine.RecommendAsync("u", Top)).Encoding);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recommend_ThousandAtOnce_AnswersAsOneByOne(bool onRealRuntime)
    {
        Assert.SkipWhen(onRealRuntime && BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(
            bundle, onRealRuntime ? bundle.Load() : bundle.LoadAnyhow(), Both);
        string[] users = [.. Enumerable.Range(0, 1000).Select(user => $"u{user}")];
        foreach (string user in users)
        {
            await engine.ObserveAsync(Events(user, 1 + (user.Length * 7 % 13)));
        }

        Recommendation[] lists = await Task.WhenAll(users.Select(user => engine.RecommendAsync(user, Top)));
        Assert.All(lists, list => Assert.Equal(EncodingUse.Fresh, list.Encoding));
        for (int user = 0; user < users.Length; user += 37)
        {
            Recommendation again = await engine.RecommendAsync(users[user], Top);
            Assert.Equal(again.Items.Select(item => item.Item), lists[user].Items.Select(item => item.Item));
        }
    }

    [Fact]
    public async Task Why_WithTheEncoder_SourcesAddUp()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(bundle, bundle.LoadAnyhow(), Both);
        await engine.ObserveAsync(Events("u", 9));
        Recommendation list = await engine.RecommendAsync("u", Top);
        ScoreExplanation why = await engine.WhyAsync("u", list.Items[0].Item);
        Assert.Equal(list.Items[0].Score, why.Score, 1e-4);
        Assert.Equal([SourceKind.Vector, SourceKind.Encoder], why.Sources.Select(source => source.Kind));
        Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount), 1e-9);
    }

    [Fact]
    public async Task Open_AnotherDimension_IsRefusedInOneLine()
    {
        using var bundle = new BundleFolder();
        EngineOptions options = Options() with { Dimension = 8, Encoder = bundle.LoadAnyhow() };
        EngineStartException refusal =
            await Assert.ThrowsAsync<EngineStartException>(() => InterestEngine.OpenAsync(options));
        Assert.Contains("16 dimensions", refusal.Message, StringComparison.Ordinal);
    }

    private static double EncoderPart(Recommendation list) =>
        list.Items.Single(item => item.Item == ItemId(1)).Sources.Single(
            source => source.Kind == SourceKind.Encoder).Amount;

    private static BehaviourEvent[] Events(string user, int count) =>
        [.. Enumerable.Range(0, count).Select(index => Click(
            user, ((user.Length * 5) + (index * 11)) % ItemCount, NowMs - ((count - index) * 60_000L)))];

    private static async Task<InterestEngine> OpenAsync(
        BundleFolder bundle, SequenceEncoder? encoder, SourcePolicy policy)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(Options() with
        {
            Encoder = encoder,
            Policy = ExactPolicy with { Sources = policy, CandidateFactor = 1 },
        });
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());
        return engine;
    }

    private static async Task<EngineRequest> AskAsync(InterestEngine engine, long deadline)
    {
        var answered = new TaskCompletionSource();
        var request = new EngineRequest { Kind = RequestKind.Recommend, Count = 5, DeadlineTimestamp = deadline };
        request.SetUser("u"u8);
        request.Completion = new Told(answered);
        engine.Submit(request);
        await answered.Task;
        Assert.Equal(EntryStatus.Ok, request.Status);
        return request;
    }

    /// <summary>Every source over every item in double, standardised and added.</summary>
    private static double[] Blend(BundleFolder bundle, BehaviourEvent[] events, SourcePolicy policy)
    {
        int[] items = [.. events.Select(act => int.Parse(act.Item.ToString()[5..]))];
        double[] fades = [.. events.Select(act => Math.Pow(2, -(double)(events[^1].TimeMs - act.TimeMs) / DayMs))];
        double[] interest = new double[Dimension];
        double[] repeats = new double[ItemCount];
        for (int index = 0; index < items.Length; index++)
        {
            double age = events[^1].TimeMs - events[index].TimeMs;
            repeats[items[index]] += Math.Pow(2, -age / policy.RepeatHalfLife.TotalMilliseconds);
            for (int d = 0; d < Dimension; d++)
            {
                interest[d] += fades[index] * bundle.Vectors[items[index]][d];
            }
        }

        double[] encoding = bundle.Sum(items.TakeLast(BundleFolder.LengthMax).Select(item => item + 1));
        double[][] parts =
        [
            Standard([.. bundle.Vectors.Select(row => Dot(interest, row))], policy.Vector),
            Standard([.. bundle.Vectors.Select(row => Dot(encoding, row))], policy.Encoder),
            Standard(repeats, policy.Repeats),
        ];
        return [.. Enumerable.Range(0, ItemCount).Select(item => parts.Sum(part => part[item]))];
    }

    private static double[] Standard(double[] values, double weight)
    {
        double mean = values.Average();
        double spread = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return [.. values.Select(value => weight * (value - mean) / spread)];
    }

    private static double Dot(double[] left, float[] right) =>
        left.Select((value, d) => value * right[d]).Sum();

    private sealed class Told(TaskCompletionSource answered) : IRequestCompletion
    {
        public void Completed(EngineRequest request) => answered.SetResult();
    }
}
