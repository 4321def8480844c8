using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Transport;

/// <summary>Writes the body of an answered engine request.</summary>
internal static class ReplyEncoder
{
    public static StatusCode ToStatusCode(EntryStatus status) => (StatusCode)(ushort)status;

    /// <summary>
    /// Of the whole reply. A batch that some partitions refused and others have done is answered event by event: as a
    /// refused frame it would be sent again under new sequences, and what was done would count twice.
    /// </summary>
    public static StatusCode FrameStatus(EngineRequest request)
    {
        bool isShareRefused = request.Kind == RequestKind.Observe
            && request.Status is (EntryStatus.DeadlinePassed or EntryStatus.Overloaded);
        if (isShareRefused)
        {
            for (int index = 0; index < request.EventCount; index++)
            {
                if (ToStatusCode(request.Event(index).Status).IsDone())
                {
                    return StatusCode.Ok;
                }
            }
        }

        return ToStatusCode(request.Status);
    }

    /// <summary>Runs on an engine thread under the output's lock: a fault must leave neither broken.</summary>
    public static bool TryWriteBody(FrameBuffer body, WireRequest request, (ILogger Logger, string Connection) told)
    {
        try
        {
            WriteBody(body, request.Opcode, request.Engine);
            return true;
        }
        catch (Exception failure)
        {
            TransportLog.Failed(told.Logger, failure, told.Connection);
            return false;
        }
    }

    public static void WriteBody(FrameBuffer body, Opcode opcode, EngineRequest request)
    {
        switch (opcode)
        {
            case Opcode.Observe:
                WriteStatuses(body, request);
                break;
            case Opcode.Recommend:
                WriteList(body, request);
                break;
            case Opcode.Act:
                WriteStatuses(body, request);
                WriteList(body, request);
                break;
            case Opcode.Rank:
                WriteRank(body, request);
                break;
            case Opcode.Profile:
                WriteProfile(body, request.Profile!, request.Explain);
                if (request.WantsProbabilities)
                {
                    PopulationEncoder.NextCategories(body, request.Profile!.NextCategories);
                }

                break;
            case Opcode.Why:
                InsightEncoder.Why(body, request.Explanation!);
                break;
            case Opcode.Subscribe:
                InsightEncoder.Phases(body, request.Watch!.Phases);
                break;
            case Opcode.Drift:
                InsightEncoder.Drift(body, request.DriftAnswer!);
                break;
            case Opcode.Portrait:
                PortraitEncoder.Write(body, request.Portrait!);
                break;
            case Opcode.Unsend:
                new UnsendReply((EbbUnsendMethod)(byte)request.Unsent!.Method, request.Unsent.TimeMs).Write(body);
                break;
            case Opcode.Merge:
                new MergeReply(request.Merged!.Known, request.Merged.EventCount).Write(body);
                break;
            case Opcode.Forget:
                new ForgetReply(request.Receipt!.Known, request.Receipt.ErasedByMs).Write(body);
                break;
        }
    }

    /// <summary>What the reply will roughly take, known before it is there.</summary>
    public static long EstimateBytes(EngineRequest request)
    {
        const int ItemBytes = 40;
        const int TermsBytes = 32 * 30;
        const int SourcesBytes = 9 * 5;
        const int ProfileBytes = 4096;
        const int DriftBytes = 128;
        return request.Kind switch
        {
            RequestKind.Observe => request.EventCount * 2L,
            RequestKind.Rank => request.CandidateCount * 12L,
            RequestKind.Profile or RequestKind.Why or RequestKind.Subscribe or RequestKind.Portrait => ProfileBytes,
            RequestKind.Drift => DriftBytes,
            RequestKind.Forget or RequestKind.Unsend or RequestKind.Merge => 0,
            _ => (request.EventCount * 2L) + (request.Count * (long)(ItemBytes
                + (request.Explain && !request.SourcesAlone ? TermsBytes : 0)
                + (request.WantsSources ? SourcesBytes : 0))),
        };
    }

    private static void WriteStatuses(FrameBuffer body, EngineRequest request)
    {
        int count = request.EventCount;
        body.WriteUInt32((uint)count);
        for (int index = 0; index < count; index++)
        {
            body.WriteUInt16((ushort)request.Event(index).Status);
        }
    }

    private static void WriteList(FrameBuffer body, EngineRequest request)
    {
        var head = new ListHead(
            (EbbListDecision)(byte)request.Decision,
            request.Exact,
            request.Drift,
            request.Log2Scale,
            request.Generation)
        {
            HasProbabilities = request.WantsProbabilities,
            HasSources = request.WantsSources,
            Encoding = (EbbEncoding)(byte)request.Encoding,
            ScanLeftOut = request.ScanLeftOut,
            HasKinds = request.KindLists.Count > 0,
        };
        var writer = new ListWriter(body, head, request.Items.Count);
        foreach (var item in request.Items)
        {
            writer.Item(request.Bytes(item.Item), item.Score, item.OlderTerms, item.TermCount);
            for (int index = item.FirstTerm; index < item.FirstTerm + item.TermCount; index++)
            {
                var term = request.Terms[index];
                writer.Term(request.Bytes(term.Item), term.EventType, term.TimeMs, term.Amount);
            }
        }

        if (request.WantsProbabilities)
        {
            foreach (var item in request.Items)
            {
                writer.Probability(item.Probability);
            }
        }

        if (request.KindLists.Count > 0)
        {
            KindTexts.Write(writer, request);
        }

        if (request.WantsSources)
        {
            ListSourceEncoder.Write(writer, request);
        }
    }

    private static void WriteRank(FrameBuffer body, EngineRequest request)
    {
        var writer = new RankReplyWriter(body, request.Generation, request.CandidateCount);
        for (int index = 0; index < request.CandidateCount; index++)
        {
            ref var candidate = ref request.Candidate(index);
            writer.Add(ToStatusCode(candidate.Status), candidate.Score, candidate.Interest);
        }
    }

    private static void WriteProfile(FrameBuffer body, InterestProfile profile, bool withPhases)
    {
        var head = new ProfileHead(
            profile.Known,
            profile.Log2Scale,
            profile.LastEventMs,
            profile.EventCount,
            profile.Drift,
            profile.Generation);
        var writer = new ProfileReplyWriter(body, head, profile.Direction, profile.Masses);
        foreach (var recent in profile.RecentEvents)
        {
            writer.Recent(recent.Item.Span, recent.Type, recent.TimeMs, recent.Weight);
        }

        foreach (var phase in withPhases ? profile.Phases.Take(byte.MaxValue) : [])
        {
            writer.Phase(InsightEncoder.ToEntry(phase));
        }
    }
}
