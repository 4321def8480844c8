using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Replies of <see cref="EbbShop"/> into public records; null for what does not follow the protocol.</summary>
internal static class ShopDecoder
{
    public static SimilarResult? Similar(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var head = SimilarReply.Read(ref reader);
        return ReplyDecoders.List(reader) is { } list
            ? new SimilarResult(list) { Learned = head.Learned, UnknownCount = head.UnknownCount }
            : null;
    }

    public static IReadOnlyList<RuleChangeResult>? Rules(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (RuleListReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        var changes = new List<RuleChangeResult>(reader.Count);
        while (reader.TryNext(out var entry))
        {
            changes.Add(new RuleChangeResult(Rule(entry))
            {
                What = (EbbRuleWhat)entry.What,
                Sequence = entry.Sequence,
                TimeMs = entry.TimeMs,
            });
        }

        return reader.Finish() == StatusCode.Ok ? changes : null;
    }

    public static EbbRule Rule(in RuleEntry entry) =>
        new((EbbRuleAction)entry.Action, (EbbRuleSubject)entry.Subject, new EbbId(entry.Value.ToArray()))
        {
            Number = entry.Number,
            Segment = Encoding.UTF8.GetString(entry.Segment),
            Amount = entry.Amount,
            UntilMs = entry.UntilMs,
            Author = Encoding.UTF8.GetString(entry.Author),
            Reason = Encoding.UTF8.GetString(entry.Reason),
        };

    public static AudienceResult? Audience(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (AudienceReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        var members = new List<EbbAudienceMember>(reader.Head.MemberCount);
        while (reader.TryNext(out var member))
        {
            members.Add(new EbbAudienceMember(new EbbId(member.User.ToArray()), member.Score)
            {
                Appeal = member.Appeal,
                LastEventMs = member.LastEventMs,
                HasSeen = member.HasSeen,
            });
        }

        return reader.Finish() != StatusCode.Ok ? null : new AudienceResult(members)
        {
            UserCount = reader.Head.UserCount,
            FitCount = reader.Head.FitCount,
            ExpectedCount = reader.Head.ExpectedCount,
            Generation = reader.Head.Generation,
        };
    }
}
