using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;

namespace Ebb.Engine.Batching;

/// <summary>
/// The awaitable calls of <see cref="InterestEngine"/>: fills a request, awaits it, copies the answer out.
/// </summary>
internal sealed class InProcessCalls(RequestRouter router)
{
    public async Task<ObserveReply> ObserveAsync(IReadOnlyList<BehaviourEvent> events, WriteOptions write)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Observe);
        request.Write = write;
        ArenaSlice user = default;
        for (int index = 0; index < events.Count; index++)
        {
            // Runs of one user's events share their bytes.
            if (index == 0 || events[index].User != events[index - 1].User)
            {
                user = request.Store(events[index].User.Span);
            }

            AddEvent(request, user, events[index]);
        }

        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        var reply = new ObserveReply(Statuses(request));
        RequestTask.Return(request);
        return reply;
    }

    public async Task<Recommendation> RecommendAsync(OpaqueId user, RecommendQuery query)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Recommend);
        request.SetUser(user.Span);
        SetQuery(request, query);
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        Recommendation list = ToRecommendation(request);
        RequestTask.Return(request);
        return list;
    }

    public async Task<ActReply> ActAsync(
        OpaqueId user, IReadOnlyList<BehaviourEvent> events, RecommendQuery query, WriteOptions write)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Act);
        request.SetUser(user.Span);
        request.Write = write;
        SetQuery(request, query);
        foreach (BehaviourEvent behaviour in events)
        {
            if (behaviour.User != user)
            {
                throw new ArgumentException(
                    $"Act folds events of {user} alone; one is of {behaviour.User}", nameof(events));
            }

            AddEvent(request, request.User, behaviour);
        }

        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        var reply = new ActReply(Statuses(request), ToRecommendation(request));
        RequestTask.Return(request);
        return reply;
    }

    public async Task<RankReply> RankAsync(OpaqueId user, IReadOnlyList<RankCandidate> candidates, long? nowMs)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Rank);
        request.SetUser(user.Span);
        request.NowMs = nowMs ?? long.MinValue;
        foreach (RankCandidate candidate in candidates)
        {
            request.AddCandidate(candidate.Item.Span, candidate.Relevance ?? float.NaN);
            if (candidate.Relevance is { } relevance && !float.IsFinite(relevance))
            {
                request.RefuseLastCandidate(EntryStatus.NotFinite);
            }
        }

        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        var ranked = new RankedCandidate[request.CandidateCount];
        for (int index = 0; index < ranked.Length; index++)
        {
            RequestCandidate candidate = request.Candidate(index);
            ranked[index] = new RankedCandidate(candidate.Status, candidate.Score, candidate.Interest);
        }

        var reply = new RankReply(ranked, request.Generation);
        RequestTask.Return(request);
        return reply;
    }

    public async Task<InterestProfile> ProfileAsync(OpaqueId user, long? nowMs)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Profile);
        request.SetUser(user.Span);
        request.NowMs = nowMs ?? long.MinValue;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        InterestProfile profile = request.Profile!;
        RequestTask.Return(request);
        return profile;
    }

    public async Task<ForgetReceipt> ForgetAsync(OpaqueId user)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Forget);
        request.SetUser(user.Span);
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        ForgetReceipt receipt = request.Receipt!;
        RequestTask.Return(request);
        return receipt;
    }

    public async Task<UnsendReceipt> UnsendAsync(OpaqueId user, ulong eventId)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Unsend);
        request.SetUser(user.Span);
        request.EventId = eventId;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        UnsendReceipt receipt = request.Unsent!;
        RequestTask.Return(request);
        return receipt;
    }

    public async Task<MergeReceipt> MergeAsync(OpaqueId from, OpaqueId to)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Merge);
        request.SetUser(from.Span);
        request.SetSubject(to.Span);
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        MergeReceipt receipt = request.Merged!;
        RequestTask.Return(request);
        return receipt;
    }

    public async Task<ScoreExplanation> WhyAsync(OpaqueId user, OpaqueId item, long? sinceMs, long? nowMs)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Why);
        request.SetUser(user.Span);
        request.SetSubject(item.Span);
        request.SinceMs = sinceMs ?? long.MinValue;
        request.NowMs = nowMs ?? long.MinValue;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        ScoreExplanation explanation = request.Explanation!;
        RequestTask.Return(request);
        return explanation;
    }

    public async Task<PhaseWatch> SubscribeAsync(OpaqueId user, IPhaseListener listener)
    {
        var watch = new PhaseWatch(listener);
        EngineRequest request = RequestTask.Rent(RequestKind.Subscribe);
        request.SetUser(user.Span);
        request.Watch = watch;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        RequestTask.Return(request);
        return watch;
    }

    public async Task<DriftReply> DriftAsync(OpaqueId user, bool raw, long? nowMs)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Drift);
        request.SetUser(user.Span);
        request.Raw = raw;
        request.NowMs = nowMs ?? long.MinValue;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        DriftReply reply = request.DriftAnswer!;
        RequestTask.Return(request);
        return reply;
    }

    public async Task<UserPortrait> PortraitAsync(OpaqueId user, long? sinceMs, long? nowMs)
    {
        EngineRequest request = RequestTask.Rent(RequestKind.Portrait);
        request.SetUser(user.Span);
        request.SinceMs = sinceMs ?? long.MinValue;
        request.NowMs = nowMs ?? long.MinValue;
        await RequestTask.SubmitAsync(router, request).ConfigureAwait(false);
        EngineRequestException.ThrowIfRefused(request.Status);
        UserPortrait portrait = request.Portrait!;
        RequestTask.Return(request);
        return portrait;
    }

    private static void AddEvent(EngineRequest request, ArenaSlice user, BehaviourEvent behaviour)
    {
        request.AddEvent(
            user, behaviour.Item.Span, behaviour.Type, behaviour.TimeMs,
            behaviour.Value ?? float.NaN, behaviour.EventId);
        if (behaviour.Value is { } value && !float.IsFinite(value))
        {
            request.RefuseLastEvent(EntryStatus.NotFinite);
        }
    }

    private static void SetQuery(EngineRequest request, RecommendQuery query)
    {
        request.Count = query.Count;
        request.Surface = query.Surface;
        request.Filter = query.Filter;
        request.ExcludeSeen = query.ExcludeSeen;
        request.Explain = query.Explain || query.ExplainSources;
        request.SourcesAlone = query.ExplainSources && !query.Explain;
        request.NowMs = query.NowMs ?? long.MinValue;
        request.Kinds = query.Kinds;
    }

    private static EntryStatus[] Statuses(EngineRequest request)
    {
        var statuses = new EntryStatus[request.EventCount];
        for (int index = 0; index < statuses.Length; index++)
        {
            statuses[index] = request.Event(index).Status;
        }

        return statuses;
    }

    private static Recommendation ToRecommendation(EngineRequest request)
    {
        var items = new RecommendedItem[request.Items.Count];
        for (int index = 0; index < items.Length; index++)
        {
            AnsweredItem answered = request.Items[index];
            items[index] = new RecommendedItem(ToId(request, answered.Item), answered.Score)
            {
                OlderTerms = answered.OlderTerms,
                Probability = answered.Probability,
                Terms = ToTerms(request, answered),
                Sources = ToSources(request, answered),
            };
        }

        return new Recommendation(items)
        {
            Decision = request.Decision,
            Exact = request.Exact,
            ScanLeftOut = request.ScanLeftOut,
            Drift = request.Drift,
            Log2Scale = request.Log2Scale,
            Encoding = request.Encoding,
            Kinds = [.. request.KindLists],
            Generation = request.Generation,
        };
    }

    private static ScoreTerm[] ToTerms(EngineRequest request, AnsweredItem answered)
    {
        var terms = new ScoreTerm[answered.TermCount];
        for (int index = 0; index < terms.Length; index++)
        {
            AnsweredTerm term = request.Terms[answered.FirstTerm + index];
            terms[index] = new ScoreTerm(ToId(request, term.Item), term.EventType, term.TimeMs, term.Amount);
        }

        return terms;
    }

    private static SourceTerm[] ToSources(EngineRequest request, AnsweredItem answered)
    {
        var sources = new SourceTerm[answered.SourceCount];
        for (int index = 0; index < sources.Length; index++)
        {
            AnsweredSource source = request.Sources[answered.FirstSource + index];
            sources[index] = new SourceTerm(source.Kind, source.Amount);
        }

        return sources;
    }

    private static OpaqueId ToId(EngineRequest request, ArenaSlice slice) => new(request.Bytes(slice).ToArray());
}
