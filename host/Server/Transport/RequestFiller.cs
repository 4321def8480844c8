using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;

namespace Ebb.Server.Transport;

/// <summary>
/// Reads a frame's body into an engine request. What is wrong with one entry becomes that entry's status; what is wrong
/// with the frame is returned, and then nothing of the request may be submitted. Used by one read loop alone.
/// </summary>
internal sealed class RequestFiller(ProtocolLimits limits, UserKeys keys)
{
    private readonly FilterCache _filters = new();

    public StatusCode Fill(EngineRequest request, in FrameContext frame)
    {
        switch (frame.Header.Opcode)
        {
            case Opcode.Observe:
                request.Kind = RequestKind.Observe;
                return FillEvents(request, frame.Body, frame.Tenant);
            case Opcode.Recommend:
                request.Kind = RequestKind.Recommend;
                var status = FillQuery(request, frame, out var rest);
                return status == StatusCode.Ok && !rest.IsEmpty ? StatusCode.Malformed : status;
            case Opcode.Act:
                request.Kind = RequestKind.Act;
                return FillAct(request, frame);
            case Opcode.Rank:
                request.Kind = RequestKind.Rank;
                return FillRank(request, frame);
            case Opcode.Unsend:
                request.Kind = RequestKind.Unsend;
                return FillUnsend(request, frame);
            case Opcode.Merge:
                request.Kind = RequestKind.Merge;
                return FillMerge(request, frame);
            case Opcode.Forget:
                request.Kind = RequestKind.Forget;
                return FillForget(request, frame);
            case Opcode.Why:
                request.Kind = RequestKind.Why;
                return FillWhy(request, frame);
            case Opcode.Drift:
                request.Kind = RequestKind.Drift;
                return FillDrift(request, frame);
            case Opcode.Portrait:
                request.Kind = RequestKind.Portrait;
                return FillPortrait(request, frame);
            default:
                request.Kind = RequestKind.Profile;
                return FillProfile(request, frame);
        }
    }

    private void SetUser(EngineRequest request, ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> user)
    {
        Span<byte> key = stackalloc byte[UserKeys.BytesMax];
        request.SetUser(keys.KeyOf(tenant, user, key));
    }

    private static bool IsIdLength(ReadOnlySpan<byte> id) => id.Length is >= 1 and <= ProtocolLimits.IdBytesMax;

    private StatusCode FillEvents(EngineRequest request, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tenant)
    {
        var status = EventListReader.TryOpen(body, limits, out var events);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        // Events of one user often stand together: they then share one key.
        ReadOnlySpan<byte> lastUser = default;
        ArenaSlice userKey = default;
        Span<byte> key = stackalloc byte[UserKeys.BytesMax];
        while (events.TryNext(out var entry))
        {
            bool isUserValid = IsIdLength(entry.User);
            if (isUserValid && !entry.User.SequenceEqual(lastUser))
            {
                userKey = request.Store(keys.KeyOf(tenant, entry.User, key));
                lastUser = entry.User;
            }

            AddEvent(request, userKey, entry, isUserValid);
        }

        return events.Finish();
    }

    private static void AddEvent(EngineRequest request, ArenaSlice user, in EventEntry entry, bool isUserValid)
    {
        bool areIdsValid = isUserValid && IsIdLength(entry.Item);
        float value = entry.HasValue ? entry.Value : float.NaN;
        request.AddEvent(
            user, areIdsValid ? entry.Item : default, entry.Type, entry.TimeMs, value, entry.EventId);
        if (!areIdsValid)
        {
            request.RefuseLastEvent(EntryStatus.IdLength);
        }
        else if (entry.HasValue && !float.IsFinite(entry.Value))
        {
            // Refused here, as the engine takes NaN for "none given".
            request.RefuseLastEvent(EntryStatus.NotFinite);
        }
    }

    private StatusCode FillQuery(EngineRequest request, in FrameContext frame, out ReadOnlySpan<byte> rest)
    {
        var status = QueryReader.TryRead(frame.Body, limits, out var query, out rest);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        SetUser(request, frame.Tenant, query.User);
        request.Count = query.Count;
        request.Surface = query.Surface;
        request.ExcludeSeen = query.ExcludeSeen;
        request.Explain = query.Explain || query.Sources;
        request.SourcesAlone = query.Sources && !query.Explain;
        request.WantsSources = query.Sources;
        request.WantsProbabilities = query.Probabilities;
        request.NowMs = query.NowMs;
        request.Filter = _filters.Get(query);
        return query.KindCount == 0 || KindTexts.TryFill(request, query) ? StatusCode.Ok : StatusCode.Malformed;
    }

    private StatusCode FillAct(EngineRequest request, in FrameContext frame)
    {
        var status = FillQuery(request, frame, out var rest);
        if (status == StatusCode.Ok)
        {
            status = EventListReader.TryOpen(rest, limits, out var events);
            if (status == StatusCode.Ok)
            {
                while (events.TryNext(out var entry))
                {
                    AddEvent(request, request.User, entry, isUserValid: entry.User.IsEmpty);
                }

                status = events.Finish();
            }
        }

        return status;
    }

    private StatusCode FillRank(EngineRequest request, in FrameContext frame)
    {
        var status = RankReader.TryOpen(frame.Body, limits, out var rank);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        SetUser(request, frame.Tenant, rank.User);
        request.NowMs = rank.NowMs;
        while (rank.TryNext(out var item, out bool hasRelevance, out float relevance))
        {
            bool isValid = IsIdLength(item);
            request.AddCandidate(isValid ? item : default, hasRelevance ? relevance : float.NaN);
            if (!isValid)
            {
                request.RefuseLastCandidate(EntryStatus.IdLength);
            }
            else if (hasRelevance && !float.IsFinite(relevance))
            {
                // Refused here, as the engine takes NaN for "none given".
                request.RefuseLastCandidate(EntryStatus.NotFinite);
            }
        }

        return rank.Finish();
    }

    private StatusCode FillUnsend(EngineRequest request, in FrameContext frame)
    {
        var status = UnsendRequest.TryRead(frame.Body, out var unsend);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, unsend.User);
            request.EventId = unsend.EventId;
        }

        return status;
    }

    private StatusCode FillWhy(EngineRequest request, in FrameContext frame)
    {
        var status = WhyRequest.TryRead(frame.Body, out var why);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, why.User);
            request.SetSubject(why.Item);
            request.NowMs = why.NowMs;
            request.SinceMs = why.SinceMs;
        }

        return status;
    }

    private StatusCode FillMerge(EngineRequest request, in FrameContext frame)
    {
        var status = MergeRequest.TryRead(frame.Body, out var merge);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, merge.From);
            Span<byte> key = stackalloc byte[UserKeys.BytesMax];
            request.SetSubject(keys.KeyOf(frame.Tenant, merge.To, key));
        }

        return status;
    }

    private StatusCode FillForget(EngineRequest request, in FrameContext frame)
    {
        var status = ForgetRequest.TryRead(frame.Body, out var forget);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, forget.User);
        }

        return status;
    }

    private StatusCode FillDrift(EngineRequest request, in FrameContext frame)
    {
        var status = DriftRequest.TryRead(frame.Body, out var drift);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, drift.User);
            request.NowMs = drift.NowMs;
            request.Raw = drift.Raw;
        }

        return status;
    }

    private StatusCode FillPortrait(EngineRequest request, in FrameContext frame)
    {
        var status = PortraitRequest.TryRead(frame.Body, out var portrait);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, portrait.User);
            request.NowMs = portrait.NowMs;
            request.SinceMs = portrait.SinceMs;
        }

        return status;
    }

    private StatusCode FillProfile(EngineRequest request, in FrameContext frame)
    {
        var status = ProfileRequest.TryRead(frame.Body, out var profile);
        if (status == StatusCode.Ok)
        {
            SetUser(request, frame.Tenant, profile.User);
            request.NowMs = profile.NowMs;
            request.Explain = profile.WantsPhases;
            request.WantsProbabilities = profile.WantsNext;
        }

        return status;
    }
}
