using Ebb.Engine.Audience;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Audience;

public sealed class AudienceTests
{
    private const int UserCount = 300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Audience_NewItem_IsThePlainSumOverAllUsersInDouble(bool onDisk)
    {
        string folder = Path.Combine(Path.GetTempPath(), "ebb-audience-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using InterestEngine engine = await OpenWithItemsAsync(Options(onDisk ? folder : null));
            BehaviourEvent[] events = Events();
            await engine.ObserveAsync(events);
            ItemPut fresh = Items(1, seed: 7)[0] with { Id = "fresh" };
            await engine.PutItemsAsync([fresh]);

            AudienceList audience = await engine.AudienceAsync(
                new AudienceQuery("fresh") { Count = 50, NowMs = NowMs + DayMs });

            (OpaqueId User, double Score)[] expected = Expected(events, fresh, NowMs + DayMs);
            Assert.Equal(UserCount, audience.UserCount);
            Assert.Equal(expected.Length, audience.FitCount);
            Assert.Equal(expected.Take(50).Select(user => user.User), audience.Members.Select(member => member.User));
            Assert.All(audience.Members.Zip(expected), pair =>
                Assert.Equal(1, pair.First.Score / pair.Second.Score, 1e-4));
            Assert.All(audience.Members, member => Assert.False(member.HasSeen));
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [Fact]
    public async Task Audience_Calibrated_SumsTheProbabilities()
    {
        var calibration = new Calibration { Platt = (1, 0) };
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { Calibration = calibration } });
        await engine.ObserveAsync(Events());

        AudienceList audience = await engine.AudienceAsync(new AudienceQuery(ItemId(3)) { Count = 1000 });

        Assert.Equal(audience.FitCount, audience.Members.Count);
        Assert.Equal(audience.ExpectedCount, audience.Members.Sum(member => (double)member.Appeal), 1e-3);
        Assert.All(audience.Members, member =>
            Assert.Equal(calibration.ProbabilityOf(member.Score), member.Appeal, 1e-6));
    }

    [Fact]
    public async Task Audience_ExcludeSeenAndPrefix_LeaveUsersOut()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(
            [Click("a-1", 3, NowMs), Click("a-2", 4, NowMs), Click("b-1", 3, NowMs), Click("b-2", 3, NowMs)]);

        AudienceList all = await engine.AudienceAsync(new AudienceQuery(ItemId(3)));
        AudienceList unseen = await engine.AudienceAsync(new AudienceQuery(ItemId(3)) { ExcludeSeen = true });
        AudienceList some = await engine.AudienceAsync(new AudienceQuery(ItemId(3)) { KeyPrefix = "b-"u8.ToArray() });

        Assert.Equal(["a-1", "b-1", "b-2"], all.Members.Where(one => one.HasSeen).Select(one => one.User.ToString()));
        Assert.DoesNotContain(unseen.Members, member => member.HasSeen);
        Assert.Equal(["1", "2"], some.Members.Select(member => member.User.ToString()));
        Assert.Equal(2, some.UserCount);
    }

    [Fact]
    public async Task Audience_BesideWrites_EveryUserComesOnce()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync(Events());
        Task<AudienceList> sweep = engine.AudienceAsync(new AudienceQuery(ItemId(3)) { Count = 1000 });
        await engine.ObserveAsync(Events());

        AudienceList audience = await sweep;

        Assert.Equal(audience.Members.Count, audience.Members.Select(member => member.User).Distinct().Count());
        Assert.Equal(UserCount, audience.UserCount);
    }

    [Fact]
    public async Task Audience_BadInput_IsRefusedWithItsStatus()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await RefusedAsync(engine, new AudienceQuery("nothing"), EntryStatus.UnknownItem);
        await RefusedAsync(engine, new AudienceQuery(default), EntryStatus.IdLength);
        await RefusedAsync(engine, new AudienceQuery(ItemId(1)) { Count = 0 }, EntryStatus.KOutOfRange);
        await RefusedAsync(engine, new AudienceQuery(ItemId(1)) { Count = 1001 }, EntryStatus.KOutOfRange);
        Assert.Empty((await engine.AudienceAsync(new AudienceQuery(ItemId(1)))).Members);
    }

    private static async Task RefusedAsync(InterestEngine engine, AudienceQuery query, EntryStatus status) =>
        Assert.Equal(
            status,
            (await Assert.ThrowsAsync<EngineRequestException>(() => engine.AudienceAsync(query))).Status);

    private static BehaviourEvent[] Events()
    {
        var random = new Random(42);
        return
        [
            .. Enumerable.Range(0, UserCount * 4).Select(index => Click(
                "u" + (index % UserCount), random.Next(200), NowMs - random.NextInt64(3 * DayMs))),
        ];
    }

    private static (OpaqueId User, double Score)[] Expected(BehaviourEvent[] events, ItemPut item, long nowMs)
    {
        ItemPut[] items = Items(200);
        return
        [
            .. events.GroupBy(behaviour => behaviour.User)
                .Select(user => (user.Key, Score: user.Sum(behaviour =>
                    Math.Pow(2, -(double)(nowMs - behaviour.TimeMs) / DayMs)
                    * Dot(items[int.Parse(behaviour.Item.ToString()[5..])], item))))
                .Where(user => user.Score > 0)
                .OrderByDescending(user => user.Score),
        ];
    }

    private static double Dot(ItemPut left, ItemPut right)
    {
        double sum = 0;
        for (int d = 0; d < Dimension; d++)
        {
            sum += (double)left.Vector.Span[d] * right.Vector.Span[d];
        }

        return sum;
    }
}
