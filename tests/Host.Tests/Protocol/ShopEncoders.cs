using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>The vectors of the shop's verbs, built again with our writers.</summary>
internal static class ShopEncoders
{
    public static void SimilarRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Similar, 19));
        var body = frame.Body();
        SimilarRequest.WriteHead(body, EbbSimilarKind.Complementary, 1);
        var query = new QueryWriter(body, "book-1"u8, new QueryHead(5, IncludeOutOfStock: true));
        query.Deny(EbbAttributeKind.Tag, "used"u8);
        SimilarRequest.WriteOther(body, "book-2"u8);
        frame.Complete();
    }

    public static void SimilarReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Similar, 19, 80));
        var body = frame.Body();
        new SimilarReply(true, 1).Write(body);
        var list = new ListWriter(body, new ListHead(EbbListDecision.New, true, double.NaN, 0, 7), 1);
        list.Item("book-3"u8, 0.75f, 0, 0);
        frame.Complete();
    }

    public static void ItemPatchRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.ItemPatch, 20));
        var body = frame.Body();
        body.WriteUInt32(2);
        new ItemPatchEntry { Id = "book-1"u8, InStock = true, FromMs = 1_700_000_000_000, UntilMs = 0, Price = 9.5f }
            .Write(body);
        new ItemPatchEntry { Id = "book-2"u8, InStock = false }.Write(body);
        frame.Complete();
    }

    public static void ItemDescribeRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.ItemDescribe, 29));
        var body = frame.Body();
        var writer = new ItemPutWriter(body, 2);
        writer.Begin(new ItemEntry { Id = "book-1"u8, InStock = true });
        new ItemDescriptionEntry { EncodeText = true, Text = "red mug"u8 }.WriteHead(body);
        writer.Begin(new ItemEntry { Id = "book-2"u8, InStock = true });
        new ItemDescriptionEntry { BlockCount = 2 }.WriteHead(body);
        ItemDescriptionEntry.WriteBlock(body, "text"u8, [1, -0.5f]);
        ItemDescriptionEntry.WriteBlock(body, "image"u8, [2]);
        frame.Complete();
    }

    public static void AudienceRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Audience, 22));
        new AudienceRequest { Item = "book-1"u8, Count = 50, ExcludeSeen = true, NowMs = 1_700_000_000_000 }
            .Write(frame.Body());
        frame.Complete();
    }

    public static void AudienceReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Audience, 22, 900));
        var body = frame.Body();
        new AudienceHead(1, 3, 2) { ExpectedCount = 0.75, Generation = 7 }.Write(body);
        new AudienceMemberEntry
        {
            User = "ann"u8,
            HasSeen = true,
            Appeal = 0.5f,
            Score = 1.25,
            LastEventMs = 1_700_000_000_000,
        }.Write(body);
        frame.Complete();
    }

    public static void RulesRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Rules, 21));
        new RulesRequest { Verb = EbbRulesVerb.Put, Rule = Boost(0, 0, EbbRuleWhat.Put) }.Write(frame.Body());
        frame.Complete();
    }

    public static void RulesReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Rules, 21, 70));
        var body = frame.Body();
        body.WriteUInt32(1);
        Boost(3, 1_700_000_000_000, EbbRuleWhat.Put).Write(body);
        frame.Complete();
    }

    public static void KindsRequestFrame(FrameBuffer buffer)
    {
        using var kinds = new FrameBuffer();
        new KindEntry { Count = 5, Kind = "brand"u8 }.Write(kinds);
        new KindEntry { Count = 3, Kind = "category"u8 }.Write(kinds);
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Recommend, 86));
        _ = new QueryWriter(
            frame.Body(), "ann"u8, new QueryHead(10) { KindCount = 2, Kinds = kinds.Written.ToArray() });
        frame.Complete();
    }

    public static void KindsReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Recommend, 86, 80));
        var head = new ListHead(EbbListDecision.New, true, double.NaN, -1, 7) { HasKinds = true };
        var list = new ListWriter(frame.Body(), head, 1);
        list.Item("book-3"u8, 0.75f, 0, 0);
        list.KindCount(2);
        list.Kind(1);
        list.Node("acme"u8, 0.5f);
        list.Kind(0);
        frame.Complete();
    }

    public static void GraphRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Graph, 28));
        var body = frame.Body();
        GraphRequestReader.WriteHead(body, EbbGraphVerb.Put, 2);
        new GraphEdgeEntry { Relation = "brand"u8, From = "book-1"u8, ToKind = "brand"u8, To = "acme"u8, Weight = 1 }
            .Write(body);
        new GraphEdgeEntry { Relation = "together"u8, From = "book-1"u8, To = "book-2"u8, Weight = 0 }.Write(body);
        frame.Complete();
    }

    public static void GraphReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Graph, 28, 90));
        var body = frame.Body();
        new GraphReplyHead(7)
        {
            Nodes = 3,
            Edges = 2,
            LearnedEdges = 1,
            Repeated = 4,
            Refused = 5,
            Cycles = 6,
            Dangling = 1,
            WithoutVector = 1,
            Enriched = 1,
            Computed = 4,
            ItemsChanged = 1,
            IsLearning = true,
            UnknownRelations = 1,
        }.Write(body);
        GraphReplyHead.WriteUnknown(body, "colour"u8, 2);
        VectorEncoders.Statuses(body, StatusCode.Ok, StatusCode.Duplicate);
        frame.Complete();
    }

    private static RuleEntry Boost(uint number, long timeMs, EbbRuleWhat what) => new()
    {
        Sequence = number,
        TimeMs = timeMs,
        What = (byte)what,
        Action = (byte)EbbRuleAction.Boost,
        Subject = (byte)EbbRuleSubject.Tag,
        Number = number,
        Amount = 1.5f,
        UntilMs = 1_700_000_060_000,
        Value = "new"u8,
        Segment = "vip"u8,
        Author = "eve"u8,
        Reason = "launch"u8,
    };
}
