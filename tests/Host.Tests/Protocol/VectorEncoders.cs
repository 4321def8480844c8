using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Each vector built again with our writers.</summary>
internal static class VectorEncoders
{
    private const long T = 1_700_000_000_000;

    public static readonly IReadOnlyDictionary<string, Action<FrameBuffer>> All =
        new Dictionary<string, Action<FrameBuffer>>
        {
            ["hello-request"] = HelloRequest,
            ["hello-reply"] = HelloReply,
            ["ping-request"] = buffer => new FrameWriter(buffer, Request(Opcode.Ping, 2)).Complete(),
            ["ping-reply"] = buffer => Marked(buffer, Reply(Opcode.Ping, 2, 3), 41).Complete(),
            ["observe-request"] = ObserveRequest,
            ["observe-reply"] = buffer =>
            {
                var frame = Marked(buffer, Reply(Opcode.Observe, 3, 900), 43);
                Statuses(frame.Body(), StatusCode.Ok, StatusCode.Parked);
                frame.Complete();
            },
            ["recommend-request"] = RecommendRequest,
            ["recommend-reply"] = RecommendReply,
            ["rank-request"] = RankRequest,
            ["rank-reply"] = RankReply,
            ["act-request"] = ActRequest,
            ["act-reply"] = ActReply,
            ["profile-request"] = buffer =>
            {
                var frame = new FrameWriter(buffer, Request(Opcode.Profile, 7));
                new ProfileRequest { User = "ann"u8, NowMs = T + 9000, WantsPhases = true }.Write(frame.Body());
                frame.Complete();
            },
            ["profile-reply"] = ProfileReply,
            ["drift-request"] = InsightEncoders.DriftRequest,
            ["drift-reply"] = InsightEncoders.DriftReply,
            ["why-request"] = InsightEncoders.WhyRequest,
            ["why-reply"] = InsightEncoders.WhyReply,
            ["subscribe-request"] = InsightEncoders.SubscribeRequest,
            ["subscribe-reply"] = InsightEncoders.SubscribeReply,
            ["change"] = InsightEncoders.Change,
            ["similar-request"] = ShopEncoders.SimilarRequestFrame,
            ["similar-reply"] = ShopEncoders.SimilarReplyFrame,
            ["item-describe-request"] = ShopEncoders.ItemDescribeRequestFrame,
            ["item-describe-reply"] = buffer =>
                ItemChange(buffer, Reply(Opcode.ItemDescribe, 29, 60), 9, StatusCode.WrongDimension),
            ["item-patch-request"] = ShopEncoders.ItemPatchRequestFrame,
            ["item-patch-reply"] = buffer =>
                ItemChange(buffer, Reply(Opcode.ItemPatch, 20, 60), 9, StatusCode.TimeOutOfRange),
            ["rules-request"] = ShopEncoders.RulesRequestFrame,
            ["rules-reply"] = ShopEncoders.RulesReplyFrame,
            ["audience-request"] = ShopEncoders.AudienceRequestFrame,
            ["audience-reply"] = ShopEncoders.AudienceReplyFrame,
            ["recommend-kinds-request"] = ShopEncoders.KindsRequestFrame,
            ["recommend-kinds-reply"] = ShopEncoders.KindsReplyFrame,
            ["graph-request"] = ShopEncoders.GraphRequestFrame,
            ["graph-reply"] = ShopEncoders.GraphReplyFrame,
            ["flows-request"] = PopulationEncoders.FlowsRequestFrame,
            ["flows-reply"] = PopulationEncoders.FlowsReplyFrame,
            ["trends-request"] = PopulationEncoders.TrendsRequestFrame,
            ["trends-reply"] = PopulationEncoders.TrendsReplyFrame,
            ["portrait-request"] = PortraitEncoders.RequestFrame,
            ["portrait-reply"] = PortraitEncoders.ReplyFrame,
            ["experiments-request"] = PopulationEncoders.ExperimentsRequestFrame,
            ["experiments-reply"] = PopulationEncoders.ExperimentsReplyFrame,
            ["merge-request"] = PopulationEncoders.MergeRequestFrame,
            ["merge-reply"] = PopulationEncoders.MergeReplyFrame,
            ["backup-request"] = AdminEncoders.BackupRequest,
            ["backup-reply"] = AdminEncoders.BackupReply,
            ["schema-request"] = AdminEncoders.SchemaRequest,
            ["schema-reply"] = AdminEncoders.SchemaReply,
            ["auth-request"] = AdminEncoders.AuthRequest,
            ["auth-reply"] = AdminEncoders.AuthReply,
            ["item-put-request"] = ItemPutRequest,
            ["item-put-reply"] = buffer =>
                ItemChange(buffer, Reply(Opcode.ItemPut, 8, 60), 0, StatusCode.WrongDimension),
            ["item-remove-request"] = ItemRemoveRequest,
            ["item-remove-reply"] = buffer =>
                ItemChange(buffer, Reply(Opcode.ItemRemove, 9, 70), 8, StatusCode.UnknownItem),
            ["stats-request"] = buffer => new FrameWriter(buffer, Request(Opcode.Stats, 10)).Complete(),
            ["stats-reply"] = StatsReply,
            ["unsend-request"] = buffer =>
            {
                var frame = new FrameWriter(buffer, Request(Opcode.Unsend, 12));
                new UnsendRequest { User = "bob"u8, EventId = 99 }.Write(frame.Body());
                frame.Complete();
            },
            ["unsend-reply"] = buffer =>
            {
                var frame = new FrameWriter(buffer, Reply(Opcode.Unsend, 12, 20));
                new UnsendReply(EbbUnsendMethod.Refolded, T).Write(frame.Body());
                frame.Complete();
            },
            ["forget-request"] = buffer =>
            {
                var frame = new FrameWriter(buffer, Request(Opcode.Forget, 13));
                new ForgetRequest { User = "ann"u8 }.Write(frame.Body());
                frame.Complete();
            },
            ["forget-reply"] = buffer =>
            {
                var frame = new FrameWriter(buffer, Reply(Opcode.Forget, 13, 20));
                new ForgetReply(true, T).Write(frame.Body());
                frame.Complete();
            },
            ["notice-durable"] = buffer => Marked(buffer, Reply(Opcode.Notice, 0, 0), 44).Complete(),
            ["notice-closing"] = buffer =>
            {
                var header = Reply(Opcode.Notice, 0, 0) with { Status = StatusCode.ShuttingDown };
                var frame = new FrameWriter(buffer, header);
                frame.TagMessage("the server is going down");
                frame.Complete();
            },
            ["refused-reply"] = buffer =>
            {
                var header = Reply(Opcode.Observe, 11, 2) with { Status = StatusCode.Overloaded };
                var frame = new FrameWriter(buffer, header);
                frame.Tag(FieldTag.RetryAfter, 250u);
                frame.TagMessage("too many requests in flight");
                frame.Complete();
            },
        };

    internal static FrameHeader Request(Opcode opcode, ulong correlation) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = opcode,
        CorrelationId = correlation,
    };

    internal static FrameHeader Reply(Opcode opcode, ulong correlation, uint time) =>
        Request(opcode, correlation) with { Flags = FrameFlags.Reply, TimeMicroseconds = time };

    private static FrameWriter Marked(FrameBuffer buffer, FrameHeader header, ulong mark)
    {
        var frame = new FrameWriter(buffer, header);
        frame.Tag(FieldTag.DurableUpTo, mark);
        return frame;
    }

    internal static void Statuses(FrameBuffer body, params ReadOnlySpan<StatusCode> statuses)
    {
        body.WriteUInt32((uint)statuses.Length);
        foreach (var status in statuses)
        {
            body.WriteUInt16((ushort)status);
        }
    }

    private static void HelloRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.Hello, 1));
        frame.Tag(FieldTag.Session, 0x1122334455667788UL);
        frame.Tag(FieldTag.Tenant, "shop"u8);
        new HelloRequest { VersionMin = 1, VersionMax = 1, FrameBytesMax = 4 << 20, Name = "test/01"u8 }
            .Write(frame.Body());
        frame.Complete();
    }

    private static void HelloReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Hello, 1, 12));
        var reply = Ebb.Protocol.Messages.HelloReply.From(new ProtocolLimits()) with
        {
            Dimension = 64,
            CatalogueGeneration = 7,
            SessionMark = 41,
            Name = "ebb/0.1"u8,
        };
        reply.Write(frame.Body());
        frame.Complete();
    }

    private static void ObserveRequest(FrameBuffer buffer)
    {
        var header = Request(Opcode.Observe, 3) with { Flags = FrameFlags.Durable, TimeMicroseconds = 50_000 };
        var frame = new FrameWriter(buffer, header);
        frame.Tag(FieldTag.Sequence, 42UL);
        var events = new EventListWriter(frame.Body());
        events.Add(new EventEntry { User = "ann"u8, Item = "book-1"u8, Type = 1, TimeMs = T });
        events.Add(new EventEntry
        {
            User = "bob"u8,
            Item = "book-2"u8,
            Type = 5,
            TimeMs = T + 1000,
            HasValue = true,
            Value = 4.5f,
            EventId = 99,
        });
        events.Complete(2);
        frame.Complete();
    }

    private static void RecommendRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.Recommend, 4));
        var head = new QueryHead(20, 7, ExcludeSeen: true, Explain: true, IncludeOutOfStock: true, NowMs: T + 5000)
        {
            Probabilities = true,
            Sources = true,
        };
        var query = new QueryWriter(frame.Body(), "ann"u8, head);
        query.Allow(EbbAttributeKind.Category, "books"u8);
        query.Allow(EbbAttributeKind.Brand, "acme"u8);
        query.Deny(EbbAttributeKind.Tag, "used"u8);
        frame.Complete();
    }

    private static void RecommendReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Recommend, 4, 250));
        frame.Tag(FieldTag.QueueTime, 20u);
        var head = new ListHead(EbbListDecision.Refresh, true, 0.125, -1.5, 7)
        {
            HasProbabilities = true,
            HasSources = true,
        };
        var list = new ListWriter(frame.Body(), head, 2);
        list.Item("book-2"u8, 3.5f, 0.5f, 2);
        list.Term("book-1"u8, 1, T, 2f);
        list.Term("book-9"u8, 0, T - 1000, 1f);
        list.Item("book-3"u8, 1.25f, 1.25f, 0);
        list.Probability(0.75f);
        list.Probability(0.25f);
        list.SourceNames(2);
        list.SourceName(0, "vector"u8);
        list.SourceName(4, "repeats"u8);
        list.ItemSources(2);
        list.Source(0, 3.5f);
        list.Source(4, 0f);
        list.ItemSources(1);
        list.Source(0, 1.25f);
        frame.Complete();
    }

    private static void RankRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.Rank, 5));
        frame.Tag(FieldTag.Tenant, "other"u8);
        frame.Tag(FieldTag.Trace, [.. Enumerable.Range(1, 25).Select(value => (byte)value)]);
        var rank = new RankWriter(frame.Body(), "ann"u8, 2);
        rank.Add("book-1"u8, 0.75f);
        rank.Add("book-x"u8, null);
        frame.Complete();
    }

    private static void RankReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Rank, 5, 40));
        var rank = new RankReplyWriter(frame.Body(), 7, 2);
        rank.Add(StatusCode.Ok, 1.5f, 0.75f);
        rank.Add(StatusCode.UnknownItem, 0, 0);
        frame.Complete();
    }

    private static void ActRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.Act, 6));
        frame.Tag(FieldTag.Sequence, 44UL);
        var body = frame.Body();
        _ = new QueryWriter(body, "ann"u8, new QueryHead(2));
        var events = new EventListWriter(body);
        events.Add(new EventEntry { Item = "book-2"u8, Type = 4, TimeMs = T + 2000, HasValue = true, Value = 2f });
        events.Complete(1);
        frame.Complete();
    }

    private static void ActReply(FrameBuffer buffer)
    {
        var frame = Marked(buffer, Reply(Opcode.Act, 6, 300), 43);
        var body = frame.Body();
        Statuses(body, StatusCode.Ok);

        // The vector's NaN is the positive quiet one; double.NaN of .NET is the negative.
        double none = BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);
        var list = new ListWriter(body, new ListHead(EbbListDecision.New, true, none, 0, 7), 2);
        list.Item("book-3"u8, 2.5f, 0, 0);
        list.Item("book-4"u8, -1f, 0, 0);
        frame.Complete();
    }

    private static void ProfileReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Profile, 7, 20));
        var head = new ProfileHead(true, -0.25, T + 2000, 2, 0.5, 7);
        var profile = new ProfileReplyWriter(frame.Body(), head, [0.6f, 0.8f], [5.0]);
        profile.Recent("book-2"u8, 4, T + 2000, 8f);
        profile.Phase(new PhaseEntry
        {
            Subject = EbbPhaseSubject.Category,
            Phase = EbbPhase.Fading,
            Before = EbbPhase.None,
            Intensity = 2.0,
            Peak = 8.0,
            NextChangeMs = T + 60_000,
            Name = "books"u8,
        });
        frame.Complete();
    }

    private static void ItemPutRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.ItemPut, 8) with { Flags = FrameFlags.Stage });
        var items = new ItemPutWriter(frame.Body(), 2);
        items.Begin(new ItemEntry
        {
            Id = "book-1"u8,
            Category = "books"u8,
            Brand = "acme"u8,
            TagCount = 2,
            InStock = true,
            Dimension = 2,
        });
        items.Tag("new"u8);
        items.Tag("sale"u8);
        items.Vector([1f, -0.5f]);
        items.Begin(new ItemEntry { Id = "book-2"u8, Merchant = "m1"u8, Dimension = 2 });
        items.Vector([0f, 2f]);
        frame.Complete();
    }

    private static void ItemRemoveRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Request(Opcode.ItemRemove, 9) with { Flags = FrameFlags.Publish });
        var items = new ItemRemoveWriter(frame.Body(), 2);
        items.Add("book-7"u8);
        items.Add("book-8"u8);
        frame.Complete();
    }

    private static void ItemChange(FrameBuffer buffer, FrameHeader header, ulong generation, StatusCode second)
    {
        var frame = new FrameWriter(buffer, header);
        frame.Body().WriteUInt64(generation);
        Statuses(buffer, StatusCode.Ok, second);
        frame.Complete();
    }

    private static void StatsReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Reply(Opcode.Stats, 10, 5));
        var stats = new StatsWriter(frame.Body(), 2);
        stats.Add("items"u8, "1234"u8);
        stats.Add("backend"u8, "cpu"u8);
        frame.Complete();
    }
}
