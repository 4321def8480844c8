using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>Frames into engine requests, without a socket.</summary>
public sealed class DispatchTests
{
    private static readonly ProtocolLimits Limits = new();

    [Fact]
    public void Fill_Observe_KeysUsersByTenantAndRefusesEntriesAlone()
    {
        var request = new EngineRequest();
        using var body = new FrameBuffer();
        var events = new EventListWriter(body);
        events.Add(new EventEntry { User = "ann"u8, Item = "a"u8, Type = 3, TimeMs = 5 });
        events.Add(new EventEntry { User = "ann"u8, Item = "b"u8, HasValue = true, Value = float.NaN });
        events.Add(new EventEntry { User = new byte[65], Item = "c"u8 });
        events.Add(new EventEntry { User = "bob"u8, Item = default });
        events.Add(new EventEntry { User = new byte[64], Item = new byte[64], EventId = 9 });
        events.Complete(5);

        Assert.Equal(StatusCode.Ok, Fill(request, Opcode.Observe, body.Written, "shop"u8));

        Assert.Equal(RequestKind.Observe, request.Kind);
        Assert.Equal(
            [EntryStatus.Ok, EntryStatus.NotFinite, EntryStatus.IdLength, EntryStatus.IdLength, EntryStatus.Ok],
            Enumerable.Range(0, 5).Select(index => request.Event(index).Status));
        Assert.Equal("\u0004shopann"u8, request.Bytes(request.Event(0).User));
        Assert.Equal(request.Event(0).User, request.Event(1).User);
        Assert.Equal(1 + 4 + 64, request.Event(4).User.Length);
        Assert.Equal(9UL, request.Event(4).EventId);
        Assert.True(float.IsNaN(request.Event(0).Value));
    }

    [Fact]
    public void Fill_Act_AllEventsAreTheQuerysUsers()
    {
        var request = new EngineRequest();
        using var body = new FrameBuffer();
        _ = new QueryWriter(body, "ann"u8, new QueryHead(5, 2, ExcludeSeen: true, NowMs: 77));
        var events = new EventListWriter(body);
        events.Add(new EventEntry { Item = "a"u8 });
        events.Add(new EventEntry { User = "bob"u8, Item = "b"u8 });
        events.Complete(2);

        Assert.Equal(StatusCode.Ok, Fill(request, Opcode.Act, body.Written, default));

        Assert.Equal("\0ann"u8, request.UserBytes);
        Assert.Equal((5, (ushort)2, true, 77L), (request.Count, request.Surface, request.ExcludeSeen, request.NowMs));
        Assert.Equal(request.User, request.Event(0).User);
        Assert.Equal(EntryStatus.IdLength, request.Event(1).Status);
    }

    [Fact]
    public void Fill_Rank_RelevanceGivenButNotFinite_IsRefusedAlone()
    {
        var request = new EngineRequest();
        using var body = new FrameBuffer();
        var rank = new RankWriter(body, "ann"u8, 5);
        rank.Add("a"u8, 0.5f);
        rank.Add("b"u8, null);
        rank.Add("c"u8, float.NaN);
        rank.Add("d"u8, float.NegativeInfinity);
        rank.Add(new byte[65], 1f);

        Assert.Equal(StatusCode.Ok, Fill(request, Opcode.Rank, body.Written, default));

        Assert.Equal(
            [EntryStatus.Ok, EntryStatus.Ok, EntryStatus.NotFinite, EntryStatus.NotFinite, EntryStatus.IdLength],
            Enumerable.Range(0, request.CandidateCount).Select(index => request.Candidate(index).Status));
        Assert.Equal(0.5f, request.Candidate(0).Relevance);
        Assert.True(float.IsNaN(request.Candidate(1).Relevance));
    }

    [Fact]
    public void FilterCache_SameBytes_IsTheSameObject()
    {
        var cache = new FilterCache();
        using var one = new FrameBuffer();
        var writer = new QueryWriter(one, "ann"u8, new QueryHead(1));
        writer.Allow(EbbAttributeKind.Category, "books"u8);
        writer.Deny(EbbAttributeKind.Tag, "used"u8);

        var first = Get(cache, one.Written);
        var again = Get(cache, one.Written);

        Assert.Same(first, again);
        Assert.Equal(new AttributeValue(AttributeKind.Category, "books"), Assert.Single(first.Allow));
        Assert.Equal(new AttributeValue(AttributeKind.Tag, "used"), Assert.Single(first.Deny));
    }

    [Fact]
    public void FilterCache_AllowAndDenyOfTheSameBytes_AreDifferentFilters()
    {
        var cache = new FilterCache();
        using var allow = new FrameBuffer();
        new QueryWriter(allow, "ann"u8, new QueryHead(1)).Allow(EbbAttributeKind.Tag, "x"u8);
        using var deny = new FrameBuffer();
        new QueryWriter(deny, "ann"u8, new QueryHead(1)).Deny(EbbAttributeKind.Tag, "x"u8);

        Assert.Single(Get(cache, allow.Written).Allow);
        Assert.Single(Get(cache, deny.Written).Deny);
    }

    [Fact]
    public void FilterCache_MoreFiltersThanItKeeps_StaysRight()
    {
        var cache = new FilterCache();
        for (int round = 0; round < 3; round++)
        {
            for (int index = 0; index < 40; index++)
            {
                using var body = new FrameBuffer();
                new QueryWriter(body, "ann"u8, new QueryHead(1)).Allow(EbbAttributeKind.Tag, [(byte)('0' + index)]);

                Assert.Equal(((char)('0' + index)).ToString(), Get(cache, body.Written).Allow[0].Value);
            }
        }
    }

    [Fact]
    public void Fill_SteadyState_AllocatesNothing()
    {
        var request = new EngineRequest();
        var filler = new RequestFiller(Limits, Ebb.Server.Security.UserKeys.Plain);
        using var body = new FrameBuffer();
        _ = new QueryWriter(body, "ann"u8, new QueryHead(5));
        var events = new EventListWriter(body);
        events.Add(new EventEntry { Item = "a"u8 });
        events.Complete(1);
        long before = 0;
        for (int index = 0; index < 1000; index++)
        {
            if (index == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            request.Reset();
            Fill(filler, request, Opcode.Act, body.Written, "shop"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ItemFilter Get(FilterCache cache, ReadOnlySpan<byte> body)
    {
        Assert.Equal(StatusCode.Ok, QueryReader.TryRead(body, Limits, out var query, out _));
        return cache.Get(query);
    }

    private static StatusCode Fill(
        EngineRequest request, Opcode opcode, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tenant) =>
        Fill(new RequestFiller(Limits, Ebb.Server.Security.UserKeys.Plain), request, opcode, body, tenant);

    private static StatusCode Fill(
        RequestFiller filler, EngineRequest request, Opcode opcode, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tenant)
    {
        var frame = new FrameContext { Header = Frames.Header(opcode, 1), Body = body, Tenant = tenant };
        return filler.Fill(request, frame);
    }
}
