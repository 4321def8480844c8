using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Reads any body to its end with the reader that its opcode has. Allocates nothing itself.</summary>
internal static class BodyWalker
{
    public static readonly ProtocolLimits Limits = new();

    /// <summary>Scan, tagged fields and body, as a receiver does it.</summary>
    public static StatusCode WalkFrame(ReadOnlySpan<byte> frame)
    {
        if (FrameScanner.Scan(frame, Limits, out var header) != ScanResult.Frame)
        {
            return StatusCode.Malformed;
        }

        var status = TaggedFields.TryRead(frame.Slice(FrameHeader.Bytes, header.TaggedBytes), out _);
        var body = frame.Slice(FrameHeader.Bytes + header.TaggedBytes, (int)header.BodyBytes);
        return status != StatusCode.Ok ? status : Walk(header, body);
    }

    public static StatusCode Walk(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (!header.Status.IsDone())
        {
            return body.IsEmpty ? StatusCode.Ok : StatusCode.Malformed;
        }

        return (header.Flags & FrameFlags.Reply) == 0 ? WalkRequest(header, body) : WalkReply(header, body);
    }

    private static StatusCode WalkRequest(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Opcode)
        {
            case Opcode.Hello:
                return HelloRequest.TryRead(body, out _);
            case Opcode.Ping or Opcode.Stats or Opcode.Notice:
                return body.IsEmpty ? StatusCode.Ok : StatusCode.Malformed;
            case Opcode.Observe:
                return WalkEvents(body);
            case Opcode.Recommend:
                var status = QueryReader.TryRead(body, Limits, out _, out var rest);
                return status == StatusCode.Ok && !rest.IsEmpty ? StatusCode.Malformed : status;
            case Opcode.Act:
                status = QueryReader.TryRead(body, Limits, out _, out rest);
                return status == StatusCode.Ok ? WalkEvents(rest) : status;
            case Opcode.Rank:
                status = RankReader.TryOpen(body, Limits, out var rank);
                while (status == StatusCode.Ok && rank.TryNext(out _, out _, out _))
                {
                }

                return status == StatusCode.Ok ? rank.Finish() : status;
            case Opcode.ItemDescribe:
                status = ItemDescribeReader.TryOpen(body, Limits, out var described);
                while (status == StatusCode.Ok && described.TryNext(out var itself, out _))
                {
                    itself.JudgeLengths();
                }

                return status == StatusCode.Ok ? described.Finish() : status;
            case Opcode.ItemPatch:
                status = ItemPatchReader.TryOpen(body, Limits, out var patches);
                while (status == StatusCode.Ok && patches.TryNext(out _))
                {
                }

                return status == StatusCode.Ok ? patches.Finish() : status;
            case Opcode.Graph:
                status = GraphRequestReader.TryOpen(body, Limits, out var edges);
                while (status == StatusCode.Ok && edges.TryNext(out _))
                {
                }

                return status == StatusCode.Ok ? edges.Finish() : status;
            case Opcode.Similar:
                return SimilarRequest.TryRead(body, Limits, out _);
            case Opcode.ItemPut:
                status = ItemPutReader.TryOpen(body, Limits, out var items);
                while (status == StatusCode.Ok && items.TryNext(out var item))
                {
                    item.JudgeLengths();
                }

                return status == StatusCode.Ok ? items.Finish() : status;
            case Opcode.ItemRemove:
                status = ItemRemoveReader.TryOpen(body, Limits, out var removals);
                while (status == StatusCode.Ok && removals.TryNext(out _))
                {
                }

                return status == StatusCode.Ok ? removals.Finish() : status;
            default:
                return WalkPlain(header.Opcode, body);
        }
    }

    /// <summary>Requests that one call reads.</summary>
    private static StatusCode WalkPlain(Opcode opcode, ReadOnlySpan<byte> body) => opcode switch
    {
        Opcode.Profile => ProfileRequest.TryRead(body, out _),
        Opcode.Unsend => UnsendRequest.TryRead(body, out _),
        Opcode.Backup => BackupRequest.TryRead(body, out _),
        Opcode.Schema => SchemaRequest.TryRead(body, out _),
        Opcode.Auth => AuthRequest.TryRead(body, out _),
        Opcode.Forget => ForgetRequest.TryRead(body, out _),
        Opcode.Drift => DriftRequest.TryRead(body, out _),
        Opcode.Trends => TrendsRequest.TryRead(body, out _),
        Opcode.Merge => MergeRequest.TryRead(body, out _),
        Opcode.Portrait => PortraitRequest.TryRead(body, out _),
        Opcode.Flows => PopulationRequest.TryRead(body, out _),
        Opcode.Experiments => ExperimentsRequest.TryRead(body, out _),
        Opcode.Why => WhyRequest.TryRead(body, out _),
        Opcode.Subscribe => SubscribeRequest.TryRead(body, out _),
        Opcode.Audience => AudienceRequest.TryRead(body, out _),
        Opcode.Rules => RulesRequest.TryRead(body, out _),
        _ => StatusCode.UnknownOpcode,
    };

    private static StatusCode WalkReply(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        switch (header.Opcode)
        {
            case Opcode.Hello:
                return HelloReply.TryRead(body, out _);
            case Opcode.Ping or Opcode.Notice:
                return body.IsEmpty ? StatusCode.Ok : StatusCode.Malformed;
            case Opcode.Observe:
                StatusListReader.TryRead(ref reader, out _);
                return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
            case Opcode.Recommend:
                return WalkList(reader);
            case Opcode.Audience:
                return WalkAudience(body);
            case Opcode.Rules:
                return WalkRules(body);
            case Opcode.Similar:
                SimilarReply.Read(ref reader);
                return WalkList(reader);
            case Opcode.Act:
                return StatusListReader.TryRead(ref reader, out _) ? WalkList(reader) : StatusCode.Malformed;
            case Opcode.Rank:
                return WalkRank(body);
            case Opcode.Profile:
                return WalkProfile(body);
            case Opcode.Unsend:
                return UnsendReply.TryRead(body, out _);
            case Opcode.Backup:
                return BackupReply.TryRead(body, out _);
            case Opcode.Schema:
                return SchemaReply.TryRead(body, out _);
            case Opcode.Auth:
                return AuthReply.TryRead(body, out _);
            case Opcode.Forget:
                return ForgetReply.TryRead(body, out _);
            case Opcode.Drift:
                return DriftReplyBody.TryRead(body, out _);
            case Opcode.Why:
                return WalkWhy(body);
            case Opcode.Subscribe or Opcode.Change:
                return WalkPhases(body);
            case Opcode.ItemPut or Opcode.ItemDescribe or Opcode.ItemRemove or Opcode.ItemPatch:
                reader.ReadUInt64();
                StatusListReader.TryRead(ref reader, out _);
                return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
            case Opcode.Stats:
                return WalkStats(body);
            case Opcode.Graph:
                return WalkGraph(reader);
            case Opcode.Merge:
                return MergeReply.TryRead(body, out _);
            case Opcode.Portrait:
                return WalkPortrait(reader);
            case Opcode.Flows:
                return WalkFlows(reader);
            case Opcode.Trends:
                return WalkTrends(reader);
            case Opcode.Experiments:
                return ReportReply.TryRead(body, out _);
            default:
                return StatusCode.UnknownOpcode;
        }
    }

    private static StatusCode WalkRank(ReadOnlySpan<byte> body)
    {
        var status = RankReplyReader.TryOpen(body, out var rank);
        while (rank.TryNext(out _, out _, out _))
        {
        }

        return status;
    }

    private static StatusCode WalkStats(ReadOnlySpan<byte> body)
    {
        var status = StatsReader.TryOpen(body, out var stats);
        while (status == StatusCode.Ok && stats.TryNext(out _, out _))
        {
        }

        return status == StatusCode.Ok ? stats.Finish() : status;
    }

    private static StatusCode WalkGraph(WireReader reader)
    {
        var head = GraphReplyHead.Read(ref reader);
        for (int relation = 0; relation < head.UnknownRelations && !reader.Failed; relation++)
        {
            GraphReplyHead.ReadUnknown(ref reader, out _);
        }

        StatusListReader.TryRead(ref reader, out _);
        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    private static StatusCode WalkFlows(WireReader reader)
    {
        var head = FlowsReplyHead.Read(ref reader);
        for (int window = 0; window < head.WindowCount && !reader.Failed; window++)
        {
            var counts = FlowWindowHead.Read(ref reader);
            for (int flow = 0; flow < counts.FlowCount && !reader.Failed; flow++)
            {
                FlowEntry.Read(ref reader);
            }

            for (int balance = 0; balance < counts.BalanceCount && !reader.Failed; balance++)
            {
                FlowBalanceEntry.Read(ref reader);
            }
        }

        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    private static StatusCode WalkPortrait(WireReader reader)
    {
        var head = PortraitHead.Read(ref reader);
        for (int entry = 0; entry < head.CategoryCount && !reader.Failed; entry++)
        {
            PortraitCategoryEntry.Read(ref reader);
        }

        for (int entry = 0; entry < head.EventCount && !reader.Failed; entry++)
        {
            PortraitEventEntry.Read(ref reader);
        }

        for (int entry = 0; entry < head.NextCount && !reader.Failed; entry++)
        {
            CategoryChanceEntry.Read(ref reader);
        }

        if (head.HasForecast)
        {
            PortraitForecastEntry.Read(ref reader);
        }

        for (int entry = 0; entry < head.ConditionCount && head.HasForecast && !reader.Failed; entry++)
        {
            RuleConditionEntry.Read(ref reader);
        }

        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    private static StatusCode WalkTrends(WireReader reader)
    {
        reader.ReadByte();
        reader.ReadInt64();
        int count = reader.ReadUInt16() + reader.ReadUInt16();
        for (int entry = 0; entry < count && !reader.Failed; entry++)
        {
            TrendEntry.Read(ref reader);
        }

        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    private static StatusCode WalkEvents(ReadOnlySpan<byte> body)
    {
        var status = EventListReader.TryOpen(body, Limits, out var events);
        while (status == StatusCode.Ok && events.TryNext(out _))
        {
        }

        return status == StatusCode.Ok ? events.Finish() : status;
    }

    private static StatusCode WalkList(WireReader reader)
    {
        var status = ListReader.TryOpen(reader, out var list);
        while (status == StatusCode.Ok && list.TryNext(out _))
        {
            while (list.TryNextTerm(out _))
            {
            }
        }

        while (status == StatusCode.Ok && list.TryNextProbability(out _))
        {
        }

        while (status == StatusCode.Ok && list.TryNextKind(out _))
        {
            while (list.TryNextNode(out _, out _))
            {
            }
        }

        if (status == StatusCode.Ok && list.Head.HasSources)
        {
            var sources = list.Sources();
            while (sources.TryNextName(out _, out _))
            {
            }

            while (sources.TryNext(out _))
            {
            }

            return sources.Finish();
        }

        return status == StatusCode.Ok ? list.Finish() : status;
    }

    private static StatusCode WalkWhy(ReadOnlySpan<byte> body)
    {
        var status = WhyReplyReader.TryOpen(body, out var why);
        while (status == StatusCode.Ok && why.TryNextSource(out _))
        {
        }

        while (status == StatusCode.Ok && why.TryNextEvent(out _))
        {
        }

        while (status == StatusCode.Ok && why.TryNextPhase(out _))
        {
        }

        while (status == StatusCode.Ok && why.TryNextShopRule(out _))
        {
        }

        return status == StatusCode.Ok ? why.Finish() : status;
    }

    private static StatusCode WalkAudience(ReadOnlySpan<byte> body)
    {
        var status = AudienceReader.TryOpen(body, out var audience);
        while (status == StatusCode.Ok && audience.TryNext(out _))
        {
        }

        return status == StatusCode.Ok ? audience.Finish() : status;
    }

    private static StatusCode WalkRules(ReadOnlySpan<byte> body)
    {
        var status = RuleListReader.TryOpen(body, out var rules);
        while (status == StatusCode.Ok && rules.TryNext(out _))
        {
        }

        return status == StatusCode.Ok ? rules.Finish() : status;
    }

    private static StatusCode WalkPhases(ReadOnlySpan<byte> body)
    {
        var status = PhaseListReader.TryOpen(body, out var phases);
        while (status == StatusCode.Ok && phases.TryNext(out _))
        {
        }

        return status == StatusCode.Ok ? phases.Finish() : status;
    }

    private static StatusCode WalkProfile(ReadOnlySpan<byte> body)
    {
        var status = ProfileReplyReader.TryOpen(body, out var profile);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        Span<float> value = stackalloc float[1];
        Span<double> mass = stackalloc double[1];
        for (int index = 0; index < profile.Dimension; index++)
        {
            profile.CopyDirection(value);
        }

        for (int index = 0; index < profile.MassCount; index++)
        {
            profile.CopyMasses(mass);
        }

        while (profile.TryNextRecent(out _))
        {
        }

        while (profile.TryNextPhase(out _))
        {
        }

        return profile.Finish();
    }
}
