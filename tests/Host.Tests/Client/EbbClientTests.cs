using Ebb.Client;
using Ebb.Host.Tests.Transport;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Client;

/// <summary>The client against a real server before a fake engine.</summary>
public sealed class EbbClientTests
{
    [Fact]
    public async Task Observe_MixedEntries_HasAStatusEach()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);

        var result = await client.ObserveAsync(
        [
            new EbbEvent("ann", "a", EbbEventType.Click, 1000, 2.5f, 77),
            new EbbEvent("bob", "b", EbbEventType.View, 2000, float.NaN),
            new EbbEvent(new string('x', 300), "c", EbbEventType.View, 3000),
        ]);

        Assert.Equal([StatusCode.Ok, StatusCode.NotFinite, StatusCode.IdLength], result.Statuses);
        Assert.Equal(1, result.DoneCount);
        var folded = Assert.Single(harness.Engine.Folded);
        Assert.Equal(
            ("\0ann", "a", 1, 1000L, 2.5f),
            (folded.User, folded.Item, folded.Type, folded.TimeMs, folded.Value));
        Assert.Equal((client.Session, 1UL), (folded.Session, folded.Sequence));
        Assert.Equal(3UL, client.LastSequence);
    }

    [Fact]
    public async Task Act_EventsAndList_ComeTogether()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness, options => options with { Tenant = "shop" });

        var query = new EbbQuery { Count = 3, Explain = true };
        var result = await client.ActAsync("ann", [new EbbAction("a", EbbEventType.Purchase, 5)], query);

        Assert.Equal([StatusCode.Ok], result.Statuses);
        Assert.Equal(["item-0", "item-1", "item-2"], result.List.Items.Select(item => item.Item.ToString()));
        Assert.True(result.List.Exact);
        Assert.Equal(2f, Assert.Single(result.List.Items[2].Terms).Amount);
        Assert.Equal("\u0004shopann", Assert.Single(harness.Engine.Folded).User);
    }

    [Fact]
    public async Task Recommend_Filter_ReachesTheEngine()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);
        var filter = new EbbFilter
        {
            Allow = [new EbbAttribute(EbbAttributeKind.Brand, "acme")],
            Deny = [new EbbAttribute(EbbAttributeKind.Category, "toys")],
            IncludeOutOfStock = true,
        };

        var list = await client.RecommendAsync("ann", new EbbQuery { Count = 2, Filter = filter, Surface = 9 });

        Assert.Equal(2, list.Items.Count);
        var seen = harness.Engine.LastFilter!;
        Assert.Equal(("acme", "toys", true), (seen.Allow[0].Value, seen.Deny[0].Value, seen.IncludeOutOfStock));
    }

    [Theory]
    [InlineData(0, StatusCode.KOutOfRange)]
    [InlineData(1001, StatusCode.KOutOfRange)]
    [InlineData(int.MaxValue, StatusCode.KOutOfRange)]
    public async Task Recommend_CountOutOfRange_IsAnEbbException(int count, StatusCode expected)
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);

        var refused = await Assert.ThrowsAsync<EbbException>(
            () => client.RecommendAsync("ann", new EbbQuery { Count = count }));

        Assert.Equal((expected, false), (refused.Status, refused.IsRetryable));
    }

    [Fact]
    public async Task RankProfileStatsPing_Answer()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);

        var rank = await client.RankAsync("ann", [new("a", 0.5f), new("b"), new("c", float.NaN)]);
        var profile = await client.ProfileAsync("ann", 99);
        var stats = await client.StatsAsync();

        Assert.Equal([StatusCode.Ok, StatusCode.Ok, StatusCode.NotFinite], rank.Candidates.Select(one => one.Status));
        Assert.Equal((0.5f, 0f), (rank.Candidates[0].Score, rank.Candidates[0].Interest));
        Assert.Equal([1f, 0f], profile.Direction);
        Assert.Equal("yes", stats["engine.fake"]);
        Assert.True(await client.PingAsync() > TimeSpan.Zero);
        Assert.Equal(("ebb/0.1", 2), (client.Server.Name, client.Server.Dimension));
    }

    [Fact]
    public async Task Rank_TenThousandCandidates_FitOneFrame()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);
        EbbCandidate[] candidates =
            [.. Enumerable.Range(0, 10_000).Select(index => new EbbCandidate($"item-{index:00000}", index))];

        var rank = await client.RankAsync("ann", candidates);

        Assert.Equal(
            Enumerable.Range(0, 10_000).Select(index => (float)index), rank.Candidates.Select(one => one.Score));
        await Assert.ThrowsAsync<EbbException>(() => client.RankAsync("ann", [.. candidates, new("one-more")]));
    }

    [Fact]
    public async Task Items_PutAndRemove_TellGenerationAndStatuses()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);

        var put = await client.PutItemsAsync(
        [
            new EbbItem("a", new float[] { 1, 2 }) { Category = "books", Tags = ["x", "y"], InStock = false },
            new EbbItem("b", new float[] { 1, 2, 3 }),
            new EbbItem("c", new float[] { 1, 2 }) { Brand = new string('b', 65) },
        ]);
        var removed = await client.RemoveItemsAsync(["a", "nothing"]);

        Assert.Equal([StatusCode.Ok, StatusCode.WrongDimension, StatusCode.AttributeTooLong], put.Statuses);
        Assert.Equal(2UL, put.Generation);
        Assert.Equal([StatusCode.Ok, StatusCode.UnknownItem], removed.Statuses);
        Assert.Equal(3UL, removed.Generation);
    }

    [Fact]
    public async Task CatalogueChange_ManyFrames_BecomeOneGeneration()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);
        await using var change = client.BeginCatalogueChange();
        var staged = Enumerable.Range(0, 20)
            .Select(index => change.PutAsync([new EbbItem($"i{index}", new float[] { 1, 2 })]))
            .ToArray();

        Assert.All(await Task.WhenAll(staged), result => Assert.Equal(0UL, result.Generation));
        Assert.Empty(harness.Engine.Items);
        ulong generation = await change.PublishAsync();

        Assert.Equal((2UL, 20), (generation, harness.Engine.Items.Count));
    }

    [Fact]
    public async Task CatalogueChange_NotPublished_IsDropped()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);
        await using (var change = client.BeginCatalogueChange())
        {
            await change.PutAsync([new EbbItem("dropped", new float[] { 1, 2 })]);
        }

        await using var next = client.BeginCatalogueChange();
        await next.PutAsync([new EbbItem("kept", new float[] { 1, 2 })]);
        await next.PublishAsync();

        Assert.Equal(["kept"], harness.Engine.Items.Keys);
    }

    [Fact]
    public async Task ManyThreads_OneClient_AllAreAnsweredAndInOrderPerCaller()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness, options => options with { InFlightMax = 64 });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var calls = Enumerable.Range(0, 250).Select(index => client.ObserveAsync(
                [new EbbEvent($"user-{caller}", $"{index}", EbbEventType.View, index)]));
            foreach (var call in calls.ToArray())
            {
                Assert.Equal([StatusCode.Ok], (await call).Statuses);
            }
        })));

        Assert.Equal(2000, harness.Engine.Folded.Count);
        foreach (var user in harness.Engine.Folded.GroupBy(one => one.User))
        {
            Assert.Equal(Enumerable.Range(0, 250).Select(index => $"{index}"), user.Select(one => one.Item));
        }
    }

    [Fact]
    public async Task Call_Cancelled_LeavesTheConnectionUsable()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        await using var client = await ConnectAsync(harness);
        using var cancel = new CancellationTokenSource();
        var call = client.RecommendAsync("ann", cancellation: cancel.Token);
        await Until.TrueAsync(() => harness.Engine.HeldCount == 1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        harness.Engine.IsHolding = false;
        harness.Engine.ReleaseAll();
        await client.PingAsync();
    }

    [Fact]
    public async Task Call_NoAnswerInTime_FailsWithDeadlinePassed()
    {
        var clock = new ManualClock();
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        await using var client = await ConnectAsync(harness, options => options with
        {
            Clock = clock,
            RequestTimeout = TimeSpan.FromSeconds(2),
        });
        var call = client.RecommendAsync("ann");
        await Until.TrueAsync(() => harness.Engine.HeldCount == 1);
        Assert.NotEqual(0, harness.Engine.LastSubmitted!.DeadlineTimestamp);

        clock.Advance(TimeSpan.FromSeconds(3));

        var late = await Assert.ThrowsAsync<EbbException>(() => call);
        Assert.Equal((StatusCode.DeadlinePassed, true), (late.Status, late.IsRetryable));
    }

    [Fact]
    public async Task Refusal_WholeFrame_IsAnEbbException()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);
        harness.Engine.IsFailing = true;

        var refused = await Assert.ThrowsAsync<EbbException>(() => client.RecommendAsync("ann"));

        Assert.Equal((StatusCode.Overloaded, true), (refused.Status, refused.IsRetryable));
    }

    [Fact]
    public async Task EmptyBatches_AreAnswered()
    {
        await using var harness = await ServerHarness.StartAsync();
        await using var client = await ConnectAsync(harness);

        Assert.Empty((await client.ObserveAsync([])).Statuses);
        Assert.Equal(20, (await client.ActAsync("ann", [])).List.Items.Count);
        Assert.Empty((await client.RankAsync("ann", [])).Candidates);
        Assert.Empty((await client.PutItemsAsync([])).Statuses);
        Assert.Equal(0UL, client.LastSequence);
    }

    [Fact]
    public async Task Disposed_Client_FailsItsCalls()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        var client = await ConnectAsync(harness);
        var call = client.RecommendAsync("ann");

        await client.DisposeAsync();

        await Assert.ThrowsAsync<EbbConnectionException>(() => call);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.PingAsync());
    }

    internal static Task<EbbClient> ConnectAsync(
        ServerHarness harness, Func<EbbClientOptions, EbbClientOptions>? configure = null)
    {
        var options = new EbbClientOptions { Endpoint = harness.Endpoint };
        return EbbClient.ConnectAsync(configure?.Invoke(options) ?? options);
    }
}
