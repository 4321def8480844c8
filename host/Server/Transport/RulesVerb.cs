using System.Text;
using Ebb.Engine;
using Ebb.Engine.Merchandising;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>RULES between wire and engine: a frame into a rule, rules into a reply. Stateless.</summary>
internal static class RulesVerb
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The status says whether it could be read: Ok, IdLength, or Malformed for what is no UTF-8.</summary>
    public static void TryToRule(in RuleEntry entry, out ShopRule? rule, out StatusCode status)
    {
        rule = null;
        status = StatusCode.IdLength;
        if (entry.Value.Length > ProtocolLimits.IdBytesMax)
        {
            return;
        }

        try
        {
            rule = new ShopRule(
                (RuleAction)entry.Action, (RuleSubject)entry.Subject, new OpaqueId(entry.Value.ToArray()))
            {
                Number = entry.Number,
                Segment = StrictUtf8.GetString(entry.Segment),
                Amount = entry.Amount,
                UntilMs = entry.UntilMs,
                Author = StrictUtf8.GetString(entry.Author),
                Reason = StrictUtf8.GetString(entry.Reason),
            };
            status = StatusCode.Ok;
        }
        catch (DecoderFallbackException)
        {
            status = StatusCode.Malformed;
        }
    }

    /// <summary>
    /// What a request gets: what is in force, the audit with the latest first, or the change it made.
    /// </summary>
    public static async Task<IReadOnlyList<RuleChange>> RunAsync(
        IEngineDoor engine, EbbRulesVerb verb, ShopRule? rule)
    {
        RuleReply reply;
        switch (verb)
        {
            case EbbRulesVerb.List:
                return InForce(engine.Rules);
            case EbbRulesVerb.Audit:
                return [.. engine.Rules.Audit.Reverse()];
            case EbbRulesVerb.Put:
                reply = await engine.PutRuleAsync(rule!);
                break;
            default:
                reply = await engine.RemoveRuleAsync(rule!.Number, rule.Author, rule.Reason);
                break;
        }

        return reply.Change is { } change ? [change] : throw new EngineRequestException(reply.Status);
    }

    public static void Write(FrameBuffer body, IReadOnlyList<RuleChange> changes)
    {
        body.WriteUInt32((uint)changes.Count);
        foreach (var change in changes)
        {
            Write(body, change);
        }
    }

    public static void Write(FrameBuffer body, RuleChange change) => new RuleEntry
    {
        Sequence = change.Sequence,
        TimeMs = change.TimeMs,
        What = (byte)change.What,
        Action = (byte)change.Rule.Action,
        Subject = (byte)change.Rule.Subject,
        Number = change.Rule.Number,
        Amount = change.Rule.Amount,
        UntilMs = change.Rule.UntilMs,
        Value = change.Rule.Value.Span,
        Segment = Encoding.UTF8.GetBytes(change.Rule.Segment),
        Author = Encoding.UTF8.GetBytes(change.Rule.Author),
        Reason = Encoding.UTF8.GetBytes(change.Rule.Reason),
    }.Write(body);

    public static string TextOf(StatusCode status) => status switch
    {
        StatusCode.Malformed => "a rule has an action, a subject, an author and a reason, all in UTF-8",
        StatusCode.IdLength => $"what a rule names has 1 to {ProtocolLimits.IdBytesMax} bytes",
        StatusCode.AttributeTooLong => $"a segment and an author have at most {ShopRule.SegmentBytesMax} bytes, "
            + $"a reason {ShopRule.ReasonBytesMax}",
        StatusCode.NotFinite => $"a boost or bury is over 0 and at most {ShopRule.AmountMax} standard deviations; "
            + "a ban has none",
        StatusCode.KOutOfRange => "a pin's place is a whole number from 1 to 1000",
        StatusCode.TimeOutOfRange => "the rule ends in the past",
        StatusCode.UnknownItem => "there is no rule of this number",
        StatusCode.TooManyEntries => $"at most {RuleBook.RuleCountMax} rules, {RuleBook.WeightCountMax} of them "
            + "boosts and buries",
        _ => "the rule cannot be put",
    };

    private static RuleChange[] InForce(RuleBook book) =>
        [.. book.Rules.Select(rule => new RuleChange(book.Sequence, 0, RuleWhat.InForce, rule))];
}
