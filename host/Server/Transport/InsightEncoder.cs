using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Merchandising;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Ranking.Why;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>Writes what the engine says of a user: reasons, drift, phases.</summary>
internal static class InsightEncoder
{
    public static void Why(FrameBuffer body, ScoreExplanation why)
    {
        new WhyHead
        {
            Known = why.Known,
            HasSince = why.Since is not null,
            KnownThen = why.Since is { Known: true },
            IsComplete = why.Since is { IsComplete: true },
            Rules = (byte)why.Rules,
            SourceCount = why.Sources.Count,
            EventCount = why.Events.Count,
            PhaseCount = why.Phases.Count,
            ShopRuleCount = why.ShopRules.Count,
            Score = why.Score,
            Log2Scale = why.Log2Scale,
            ScoreThen = why.Since?.Score ?? 0,
            Log2ScaleThen = why.Since?.Log2Scale ?? 0,
            OlderEvents = why.OlderEvents,
            OlderEventsThen = why.Since?.OlderEvents ?? 0,
            SinceMs = why.Since?.SinceMs ?? 0,
            Generation = why.Generation,
        }.Write(body);
        Span<byte> name = stackalloc byte[64];
        foreach (var source in why.Sources)
        {
            int bytes = System.Text.Encoding.UTF8.GetBytes(source.Name, name);
            new WhySourceEntry
            {
                Kind = (byte)source.Kind,
                Amount = source.Amount,
                Then = source.Then,
                Name = name[..bytes],
            }.Write(body);
        }

        foreach (var one in why.Events)
        {
            new WhyEventEntry
            {
                Item = one.Item.Span,
                EventType = one.Type,
                TimeMs = one.TimeMs,
                Weight = one.Weight,
                Amount = one.Amount,
                Then = one.Then,
            }.Write(body);
        }

        foreach (var phase in why.Phases)
        {
            ToEntry(phase).Write(body);
        }

        foreach (var rule in why.ShopRules)
        {
            RulesVerb.Write(body, new RuleChange(0, 0, RuleWhat.InForce, rule));
        }
    }

    public static void Drift(FrameBuffer body, DriftReply drift) => new DriftReplyBody
    {
        Known = drift.Known,
        HasList = drift.HasList,
        IsAlarmed = drift.IsAlarmed,
        IsPopulationAlarmed = drift.Population.IsActive,
        IsProjected = drift.IsProjected,
        IsRaw = drift.IsRaw,
        Distance = (EbbDriftDistance)drift.Distance,
        Drift = drift.Drift,
        Cosine = drift.Cosine,
        Euclidean = drift.Euclidean,
        Attention = drift.Attention,
        AttentionSquared = drift.AttentionSquared,
        KeepBelow = drift.KeepBelow,
        ShiftFrom = drift.ShiftFrom,
        AlarmFrom = drift.AlarmFrom,
        PopulationShare = drift.PopulationShare,
        Statistic = drift.Population.Statistic,
        Threshold = drift.Population.Threshold,
        AlarmCount = (ulong)drift.Population.RaisedCount,
        Generation = drift.Generation,
        IsTasteAlarmed = drift.IsTasteAlarmed,
        ArePopulationTastesAlarmed = drift.PopulationTaste.IsActive,
        Taste = drift.Taste,
        TasteAlarmFrom = drift.TasteAlarmFrom,
        TasteStatistic = drift.PopulationTaste.Statistic,
        TasteThreshold = drift.PopulationTaste.Threshold,
        TasteAlarmCount = (ulong)drift.PopulationTaste.RaisedCount,
    }.Write(body);

    public static void Phases(FrameBuffer body, IReadOnlyList<SubjectPhase> phases)
    {
        PhaseListWriter.WriteHead(body, phases.Count, hasMissed: false, atMs: 0);
        foreach (var phase in phases)
        {
            ToEntry(phase).Write(body);
        }
    }

    public static PhaseEntry ToEntry(PhaseChange change)
    {
        var phase = change.IsGone ? EbbPhase.None : (EbbPhase)change.Subject.Phase;
        return ToEntry(change.Subject, phase, change.Before is { } before ? (EbbPhase)before : EbbPhase.None);
    }

    public static PhaseEntry ToEntry(SubjectPhase phase) => ToEntry(phase, (EbbPhase)phase.Phase, EbbPhase.None);

    private static PhaseEntry ToEntry(SubjectPhase phase, EbbPhase now, EbbPhase before) => new()
    {
        Subject = (EbbPhaseSubject)phase.Subject,
        Phase = now,
        Before = before,
        Intensity = phase.Intensity,
        Peak = phase.Peak,
        NextChangeMs = phase.NextChangeMs ?? PhaseEntry.Never,
        Name = phase.Name.Span,
    };
}
