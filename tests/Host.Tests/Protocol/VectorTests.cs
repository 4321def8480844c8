using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

/// <summary>
/// The conformance vectors both ways. They were written from PROTOCOL.md by a program that knows nothing of this code,
/// so agreement here is agreement with the document.
/// </summary>
public sealed class VectorTests
{
    private const long T = 1_700_000_000_000;

    public static TheoryData<string> Names => Vector.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_Vector_GivesItsBytes(string name)
    {
        using var buffer = new FrameBuffer();

        VectorEncoders.All[name](buffer);

        Assert.Equal(Convert.ToHexString(Vector.Get(name).Bytes), Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void Vectors_AndEncoders_AreTheSameSet()
    {
        Assert.Equal(VectorEncoders.All.Keys.Order(), Vector.All.Select(vector => vector.Name).Order());
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            Assert.Contains(Vector.All, vector => vector.Header.Opcode == opcode && vector.IsReply);
            bool hasRequest = Vector.All.Any(vector => vector.Header.Opcode == opcode && !vector.IsReply);
            Assert.Equal(opcode is not (Opcode.Notice or Opcode.Change), hasRequest);
        }
    }

    [Fact]
    public void Decode_Hello_GivesItsFields()
    {
        var request = Vector.Get("hello-request");
        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(request.Tagged, out var fields));
        Assert.Equal(0x1122334455667788UL, fields.Session);
        Assert.Equal("shop"u8, fields.Tenant);
        Assert.Equal(StatusCode.Ok, HelloRequest.TryRead(request.Body, out var hello));
        Assert.Equal((1, 1, 4u << 20), (hello.VersionMin, hello.VersionMax, hello.FrameBytesMax));
        Assert.Equal("test/01"u8, hello.Name);

        var limits = new ProtocolLimits();
        Assert.Equal(StatusCode.Ok, HelloReply.TryRead(Vector.Get("hello-reply").Body, out var reply));
        Assert.Equal(
            (1, 64, 7UL, 41UL), (reply.Version, reply.Dimension, reply.CatalogueGeneration, reply.SessionMark));
        Assert.Equal(
            ((uint)limits.FrameBytesMax, (uint)limits.BatchEntriesMax, (uint)limits.CandidatesMax),
            (reply.FrameBytesMax, reply.BatchEntriesMax, reply.CandidatesMax));
        Assert.Equal(
            ((uint)limits.CountMax, (uint)limits.InFlightMax, (uint)limits.InFlightBytesMax),
            (reply.CountMax, reply.InFlightMax, reply.InFlightBytesMax));
        Assert.Equal(
            (limits.TaggedBytesMax, limits.FilterValuesMax), (reply.TaggedBytesMax, reply.FilterValuesMax));
        Assert.Equal("ebb/0.1"u8, reply.Name);
    }

    [Fact]
    public void Decode_ObserveRequest_GivesItsEvents()
    {
        var vector = Vector.Get("observe-request");
        Assert.Equal(FrameFlags.Durable, vector.Header.Flags);
        Assert.Equal(50_000u, vector.Header.TimeMicroseconds);
        TaggedFields.TryRead(vector.Tagged, out var fields);
        Assert.Equal(42UL, fields.Sequence);

        Assert.Equal(StatusCode.Ok, EventListReader.TryOpen(vector.Body, BodyWalker.Limits, out var events));
        Assert.Equal(2, events.Count);
        Assert.True(events.TryNext(out var click));
        Assert.Equal("ann"u8, click.User);
        Assert.Equal("book-1"u8, click.Item);
        Assert.Equal((1, T, false, 0UL), (click.Type, click.TimeMs, click.HasValue, click.EventId));
        Assert.True(events.TryNext(out var rating));
        Assert.Equal("bob"u8, rating.User);
        Assert.Equal("book-2"u8, rating.Item);
        Assert.Equal((5, T + 1000, true, 4.5f, 99UL),
            (rating.Type, rating.TimeMs, rating.HasValue, rating.Value, rating.EventId));
        Assert.False(events.TryNext(out _));
        Assert.Equal(StatusCode.Ok, events.Finish());
    }

    [Fact]
    public void Decode_RecommendRequest_GivesItsQuery()
    {
        var status = QueryReader.TryRead(
            Vector.Get("recommend-request").Body, BodyWalker.Limits, out var query, out var rest);

        Assert.Equal(StatusCode.Ok, status);
        Assert.True(rest.IsEmpty);
        Assert.Equal("ann"u8, query.User);
        Assert.Equal((20, 7, T + 5000), (query.Count, query.Surface, query.NowMs));
        Assert.True(query.ExcludeSeen && query.Explain && query.IncludeOutOfStock);
        Assert.Equal((2, 1), (query.AllowCount, query.DenyCount));
        Assert.Equal("\0\u0005books\u0001\u0004acme\u0003\u0004used"u8, query.FilterValues);
    }

    [Fact]
    public void Decode_ActRequest_GivesQueryAndEvents()
    {
        var body = Vector.Get("act-request").Body;
        Assert.Equal(StatusCode.Ok, QueryReader.TryRead(body, BodyWalker.Limits, out var query, out var rest));
        Assert.Equal((2, long.MinValue), (query.Count, query.NowMs));
        Assert.Equal(StatusCode.Ok, EventListReader.TryOpen(rest, BodyWalker.Limits, out var events));
        Assert.True(events.TryNext(out var purchase));
        Assert.True(purchase.User.IsEmpty);
        Assert.Equal((4, 2f), (purchase.Type, purchase.Value));
        Assert.Equal(StatusCode.Ok, events.Finish());
    }

    [Fact]
    public void Decode_RankAndProfileRequests_GiveTheirFields()
    {
        var vector = Vector.Get("rank-request");
        TaggedFields.TryRead(vector.Tagged, out var fields);
        Assert.Equal("other"u8, fields.Tenant);
        Assert.Equal(25, fields.Trace.Length);
        Assert.Equal(StatusCode.Ok, RankReader.TryOpen(vector.Body, BodyWalker.Limits, out var rank));
        Assert.Equal((2, long.MinValue), (rank.Count, rank.NowMs));
        Assert.True(rank.TryNext(out var first, out bool hasRelevance, out float relevance));
        Assert.Equal("book-1"u8, first);
        Assert.Equal((true, 0.75f), (hasRelevance, relevance));
        Assert.True(rank.TryNext(out var second, out hasRelevance, out _));
        Assert.Equal("book-x"u8, second);
        Assert.False(hasRelevance);

        Assert.Equal(StatusCode.Ok, ProfileRequest.TryRead(Vector.Get("profile-request").Body, out var profile));
        Assert.Equal("ann"u8, profile.User);
        Assert.Equal(T + 9000, profile.NowMs);
    }

    [Fact]
    public void Decode_ItemRequests_GiveTheirItems()
    {
        var put = Vector.Get("item-put-request");
        Assert.Equal(FrameFlags.Stage, put.Header.Flags);
        Assert.Equal(StatusCode.Ok, ItemPutReader.TryOpen(put.Body, BodyWalker.Limits, out var items));
        Assert.True(items.TryNext(out var first));
        Assert.Equal("book-1"u8, first.Id);
        Assert.Equal("books"u8, first.Category);
        Assert.Equal("acme"u8, first.Brand);
        Assert.Equal("\u0003new\u0004sale"u8, first.Tags);
        Assert.Equal((true, 2, 2), (first.InStock, first.TagCount, first.Dimension));
        float[] vector = new float[2];
        first.CopyVector(vector);
        Assert.Equal([1f, -0.5f], vector);
        Assert.True(items.TryNext(out var second));
        Assert.False(second.InStock);
        Assert.Equal("m1"u8, second.Merchant);
        Assert.Equal(StatusCode.Ok, items.Finish());

        var remove = Vector.Get("item-remove-request");
        Assert.Equal(FrameFlags.Publish, remove.Header.Flags);
        Assert.Equal(StatusCode.Ok, ItemRemoveReader.TryOpen(remove.Body, BodyWalker.Limits, out var removals));
        Assert.True(removals.TryNext(out var id));
        Assert.Equal("book-7"u8, id);
    }

    [Fact]
    public void Decode_Replies_GiveTheirResults()
    {
        var observe = ReplyDecoders.Observe(Vector.Get("observe-reply").Body, wasResent: false)!;
        Assert.Equal([StatusCode.Ok, StatusCode.Parked], observe.Statuses);

        var list = ReplyDecoders.List(Vector.Get("recommend-reply").Body, wasResent: false)!;
        Assert.Equal((EbbListDecision.Refresh, true, 0.125, -1.5, 7UL),
            (list.Decision, list.Exact, list.Drift, list.Log2Scale, list.Generation));
        Assert.Equal(["book-2", "book-3"], list.Items.Select(item => item.Item.ToString()));
        Assert.Equal((3.5f, 0.5f), (list.Items[0].Score, list.Items[0].OlderTerms));
        Assert.Equal([0.75f, 0.25f], list.Items.Select(item => item.Probability));
        Assert.Equal([("book-1", 1, T, 2f), ("book-9", 0, T - 1000, 1f)],
            list.Items[0].Terms.Select(term => (term.Item.ToString(), (int)term.EventType, term.TimeMs, term.Amount)));

        var act = ReplyDecoders.Act(Vector.Get("act-reply").Body, wasResent: false)!;
        Assert.Equal([StatusCode.Ok], act.Statuses);
        Assert.True(double.IsNaN(act.List.Drift));
        Assert.Equal(-1f, act.List.Items[1].Score);

        var rank = ReplyDecoders.Rank(Vector.Get("rank-reply").Body, wasResent: false)!;
        Assert.Equal([(StatusCode.Ok, 1.5f, 0.75f), (StatusCode.UnknownItem, 0f, 0f)],
            rank.Candidates.Select(one => (one.Status, one.Score, one.Interest)));

        var profile = ReplyDecoders.Profile(Vector.Get("profile-reply").Body, wasResent: false)!;
        Assert.Equal([0.6f, 0.8f], profile.Direction);
        Assert.Equal([5.0], profile.Masses);
        Assert.Equal((true, -0.25, T + 2000, 2UL, 0.5, 7UL),
            (profile.Known, profile.Log2Scale, profile.LastEventMs, profile.EventCount, profile.Drift,
            profile.Generation));
        Assert.Equal(8f, Assert.Single(profile.RecentEvents).Weight);
        Assert.Equal(T + 60_000, Assert.Single(profile.Phases).NextChangeMs);

        var change = ReplyDecoders.ItemChange(Vector.Get("item-remove-reply").Body, wasResent: false)!;
        Assert.Equal(8UL, change.Generation);
        Assert.Equal([StatusCode.Ok, StatusCode.UnknownItem], change.Statuses);

        var stats = ReplyDecoders.Stats(Vector.Get("stats-reply").Body, wasResent: false)!;
        Assert.Equal(("1234", "cpu"), (stats["items"], stats["backend"]));
    }

    [Fact]
    public void Decode_Insights_GiveTheirFields()
    {
        var drift = DriftDecoder.Decode(Vector.Get("drift-reply").Body, false)!;
        Assert.Equal((true, true, true, false, true),
            (drift.Known, drift.HasList, drift.IsAlarmed, drift.IsPopulationAlarmed, drift.IsRaw));
        Assert.Equal((0.75, 0.5, 0.6, 0.99), (drift.Drift, drift.Cosine, drift.AlarmFrom, drift.PopulationShare));
        Assert.Equal(
            (1.5, 8.0, 2UL),
            (drift.PopulationStatistic, drift.PopulationThreshold, drift.PopulationAlarmCount));
        Assert.True(double.IsNaN(drift.Attention));
        Assert.Equal(
            (9.5, 7.5, 0.25, 14.0, 1UL, true, false),
            (drift.Taste, drift.TasteAlarmFrom, drift.TasteStatistic, drift.TasteThreshold, drift.TasteAlarmCount,
                drift.IsTasteAlarmed, drift.ArePopulationTastesAlarmed));

        var why = WhyDecoder.Decode(Vector.Get("why-reply").Body, false)!;
        Assert.Equal(("vector", 1.0, 0.5), (why.Sources[0].Name, why.Sources[0].Amount, why.Sources[0].Then));
        Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount));
        Assert.Equal((0.75, 8f), (why.Events.Single().Amount, why.Events.Single().Weight));
        Assert.Equal(EbbScoreRules.OutOfStock | EbbScoreRules.StoppedCategory, why.Rules);
        Assert.Equal((EbbPhase.Expired, null), (why.Phases.Single().Phase, why.Phases.Single().NextChangeMs));
        Assert.Equal((T, 0.5, true, true),
            (why.Since!.SinceMs, why.Since.Score, why.Since.Known, why.Since.IsComplete));

        var change = Subscriptions.Read(Vector.Get("change").Body, false)!;
        Assert.Equal((true, T + 60_000), (change.HasMissed, change.AtMs));
        Assert.Equal([(EbbPhase.Fading, EbbPhase.Rising), (EbbPhase.None, EbbPhase.Expired)],
            change.Changes.Select(one => (one.Subject.Phase, one.Before)));
    }

    [Fact]
    public void Decode_DuplicateOfAResend_IsToldAsOk()
    {
        byte[] body = [1, 0, 0, 0, 1, 0];

        Assert.Equal(StatusCode.Duplicate, ReplyDecoders.Observe(body, wasResent: false)!.Statuses[0]);
        Assert.Equal(StatusCode.Ok, ReplyDecoders.Observe(body, wasResent: true)!.Statuses[0]);
    }
}
