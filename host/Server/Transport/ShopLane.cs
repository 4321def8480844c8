using Ebb.Engine;
using Ebb.Engine.Audience;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Similar;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// Answers a connection's requests that belong to no user (SIMILAR, RULES, AUDIENCE), each by itself and in any
/// order. Enqueue is called by the read loop alone; the in-flight account bounds what is under way.
/// </summary>
internal sealed class ShopLane(EbbConnection connection, ServerCore core)
{
    private readonly FilterCache _filters = new();

    /// <summary>Begins the frame's work, or refuses it at once.</summary>
    public void Enqueue(in FrameContext frame, ReplyHead reply)
    {
        long deadline = core.DeadlineTimestamp(frame);
        if (frame.Header.Opcode == Opcode.Rules)
        {
            EnqueueRules(frame, reply, deadline);
            return;
        }

        if (frame.Header.Opcode == Opcode.Audience)
        {
            EnqueueAudience(frame, reply, deadline);
            return;
        }

        var status = SimilarRequest.TryRead(frame.Body, core.Options.Limits, out var asked);
        if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, SimilarText(status));
            return;
        }

        var query = new SimilarQuery(ToItems(asked))
        {
            Kind = (SimilarKind)(byte)asked.Kind,
            Count = asked.Query.Count,
            Filter = _filters.Get(asked.Query),
        };
        _ = AnswerAsync(reply, deadline, () => AnswerSimilarAsync(query, reply), SimilarText);
    }

    private void EnqueueRules(in FrameContext frame, ReplyHead reply, long deadline)
    {
        var status = RulesRequest.TryRead(frame.Body, out var asked);
        ShopRule? rule = null;
        if (status == StatusCode.Ok && asked.HasRule)
        {
            RulesVerb.TryToRule(asked.Rule, out rule, out status);
        }

        if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, RulesVerb.TextOf(status));
            return;
        }

        var verb = asked.Verb;
        _ = AnswerAsync(reply, deadline, () => AnswerRulesAsync(verb, rule, reply), RulesVerb.TextOf);
    }

    private async Task AnswerRulesAsync(EbbRulesVerb verb, ShopRule? rule, ReplyHead reply)
    {
        // A change of rules waits for the disk: not on a thread that serves sockets.
        await Task.Yield();
        var changes = await RulesVerb.RunAsync(core.Engine, verb, rule);
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        RulesVerb.Write(frame.Body(), changes);
        connection.EndReply(frame, reply);
    }

    private void EnqueueAudience(in FrameContext frame, ReplyHead reply, long deadline)
    {
        var status = AudienceRequest.TryRead(frame.Body, out var asked);
        if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, AudienceText(status));
            return;
        }

        // As RequestFiller makes a user's key: length and bytes of the tenant, then the user.
        var query = new AudienceQuery(new OpaqueId(asked.Item.ToArray()))
        {
            Count = asked.Count,
            ExcludeSeen = asked.ExcludeSeen,
            NowMs = asked.NowMs == long.MinValue ? null : asked.NowMs,
            KeyPrefix = (byte[])[(byte)frame.Tenant.Length, .. frame.Tenant],
        };
        _ = AnswerAsync(reply, deadline, () => AnswerAudienceAsync(query, reply), AudienceText);
    }

    private static string AudienceText(StatusCode status) => status switch
    {
        StatusCode.IdLength => $"an item id must have 1 to {ProtocolLimits.IdBytesMax} bytes",
        StatusCode.KOutOfRange => $"an audience has 1 to {AudienceRequest.CountMax} users",
        StatusCode.UnknownItem => "the catalogue has no such item",
        StatusCode.Overloaded => "too many sweeps wait, or users are being made anew for another schema: come back",
        _ => "the body does not follow PROTOCOL.md",
    };

    private async Task AnswerAudienceAsync(AudienceQuery query, ReplyHead reply)
    {
        var audience = await core.Engine.AudienceAsync(query);
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        var body = frame.Body();
        new AudienceHead(audience.Members.Count, (ulong)audience.UserCount, (ulong)audience.FitCount)
        {
            ExpectedCount = audience.ExpectedCount,
            Generation = audience.Generation,
        }.Write(body);
        foreach (var member in audience.Members)
        {
            new AudienceMemberEntry
            {
                User = member.User.Span,
                HasSeen = member.HasSeen,
                Appeal = member.Appeal,
                Score = member.Score,
                LastEventMs = member.LastEventMs,
            }.Write(body);
        }

        connection.EndReply(frame, reply);
    }

    private static OpaqueId[] ToItems(in SimilarRequest asked)
    {
        var items = new OpaqueId[1 + asked.OtherCount];
        items[0] = new OpaqueId(asked.Query.User.ToArray());
        var reader = new WireReader(asked.Others);
        for (int index = 1; index < items.Length; index++)
        {
            items[index] = new OpaqueId(reader.ReadBytes(reader.ReadByte()).ToArray());
        }

        return items;
    }

    private string SimilarText(StatusCode status) => status switch
    {
        StatusCode.IdLength => $"an item id must have 1 to {ProtocolLimits.IdBytesMax} bytes",
        StatusCode.TooManyEntries => $"a basket has at most {SimilarRequest.ItemCountMax} items",
        StatusCode.UnknownItem => "the catalogue has none of the basket's items",
        _ => RefusalText.Of(status, core.Options.Limits),
    };

    private async Task AnswerSimilarAsync(SimilarQuery query, ReplyHead reply)
    {
        var list = await core.Engine.SimilarAsync(query);
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        var body = frame.Body();
        new SimilarReply(list.Learned, list.UnknownCount).Write(body);
        var head = new ListHead(EbbListDecision.New, true, double.NaN, 0, list.Generation);
        var writer = new ListWriter(body, head, list.Items.Count);
        foreach (var item in list.Items)
        {
            writer.Item(item.Item.Span, item.Score, 0, 0);
        }

        connection.EndReply(frame, reply);
    }

    // The shell: whatever becomes of the work, the request is answered once.
    private async Task AnswerAsync(
        ReplyHead reply, long deadline, Func<Task> work, Func<StatusCode, string> textOf)
    {
        if (core.IsPast(deadline))
        {
            connection.Refuse(reply with { Status = StatusCode.DeadlinePassed }, RefusalText.DeadlinePassed);
            return;
        }

        try
        {
            await work();
        }
        catch (EngineRequestException refused)
        {
            var status = ReplyEncoder.ToStatusCode(refused.Status);
            connection.Refuse(reply with { Status = status }, textOf(status));
        }
        catch (Exception failure)
        {
            TransportLog.Failed(core.Logger, failure, connection.Id);
            connection.Refuse(reply with { Status = StatusCode.Internal }, "the request failed");
        }
    }
}
