using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Bodies of replies into public records; null for what does not follow the protocol.</summary>
internal static class ReplyDecoders
{
    public static object? Empty(ReadOnlySpan<byte> body, bool wasResent) => body.IsEmpty ? typeof(object) : null;

    public static SchemaResult? Schema(ReadOnlySpan<byte> body, bool wasResent) =>
        SchemaReply.TryRead(body, out var reply) == StatusCode.Ok
            ? new SchemaResult(reply.Number, (long)reply.PendingUserCount, Encoding.UTF8.GetString(reply.Document))
            : null;

    public static BackupResult? Backup(ReadOnlySpan<byte> body, bool wasResent) =>
        BackupReply.TryRead(body, out var reply) == StatusCode.Ok
            ? new BackupResult(reply.Bytes, (int)reply.FileCount, reply.CreatedMs)
            : null;

    public static ObserveResult? Observe(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var statuses = Statuses(ref reader, wasResent);
        return reader.IsComplete ? new ObserveResult(statuses) : null;
    }

    public static RecommendResult? List(ReadOnlySpan<byte> body, bool wasResent) => List(new WireReader(body));

    public static ActResult? Act(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var statuses = Statuses(ref reader, wasResent);
        return List(reader) is { } list ? new ActResult(statuses, list) : null;
    }

    public static RankResult? Rank(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (RankReplyReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        var candidates = new EbbRankedCandidate[reader.Count];
        for (int index = 0; reader.TryNext(out var status, out float score, out float interest); index++)
        {
            candidates[index] = new EbbRankedCandidate(status, score, interest);
        }

        return new RankResult(candidates, reader.Generation);
    }

    public static ProfileResult? Profile(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (ProfileReplyReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        float[] direction = new float[reader.Dimension];
        double[] masses = new double[reader.MassCount];
        reader.CopyDirection(direction);
        reader.CopyMasses(masses);
        var recent = new List<EbbPastEvent>(reader.RecentCount);
        while (reader.TryNextRecent(out var entry))
        {
            recent.Add(new EbbPastEvent(Id(entry.Item), entry.EventType, entry.TimeMs, entry.Amount));
        }

        var phases = new List<EbbSubjectPhase>();
        while (reader.TryNextPhase(out var entry))
        {
            phases.Add(Phase(entry));
        }

        var next = new List<EbbCategoryChance>();
        while (reader.TryNextCategory(out var entry))
        {
            next.Add(new EbbCategoryChance(Encoding.UTF8.GetString(entry.Name), entry.Probability));
        }

        return reader.Finish() != StatusCode.Ok ? null : new ProfileResult
        {
            Known = reader.Head.Known,
            Direction = direction,
            Masses = masses,
            Log2Scale = reader.Head.Log2Scale,
            LastEventMs = reader.Head.LastEventMs,
            EventCount = reader.Head.EventCount,
            Drift = reader.Head.Drift,
            RecentEvents = recent,
            Phases = phases,
            NextCategories = next,
            Generation = reader.Head.Generation,
        };
    }

    public static ForgetResult? Forget(ReadOnlySpan<byte> body, bool wasResent) =>
        ForgetReply.TryRead(body, out var reply) == StatusCode.Ok
            ? new ForgetResult(reply.Known, reply.ErasedByMs)
            : null;

    public static MergeResult? Merge(ReadOnlySpan<byte> body, bool wasResent) =>
        MergeReply.TryRead(body, out var reply) == StatusCode.Ok
            ? new MergeResult(reply.Known, reply.EventCount)
            : null;

    public static UnsendResult? Unsend(ReadOnlySpan<byte> body, bool wasResent) =>
        UnsendReply.TryRead(body, out var reply) == StatusCode.Ok
            ? new UnsendResult(reply.Method, reply.TimeMs)
            : null;

    public static ItemChangeResult? ItemChange(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        ulong generation = reader.ReadUInt64();
        var statuses = Statuses(ref reader, wasResent: false);
        return reader.IsComplete ? new ItemChangeResult(statuses, generation) : null;
    }

    public static IReadOnlyDictionary<string, string>? Stats(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (StatsReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        var stats = new Dictionary<string, string>(reader.Count);
        while (reader.TryNext(out var key, out var value))
        {
            stats[Encoding.UTF8.GetString(key)] = Encoding.UTF8.GetString(value);
        }

        return reader.Finish() == StatusCode.Ok ? stats : null;
    }

    public static EbbSubjectPhase Phase(in PhaseEntry entry) => new(entry.Subject, Id(entry.Name), entry.Phase)
    {
        Intensity = entry.Intensity,
        Peak = entry.Peak,
        NextChangeMs = entry.NextChangeMs == PhaseEntry.Never ? null : entry.NextChangeMs,
    };

    public static RecommendResult? List(WireReader reader)
    {
        if (ListReader.TryOpen(reader, out var list) != StatusCode.Ok)
        {
            return null;
        }

        var items = new List<EbbRecommendedItem>(list.Count);
        while (list.TryNext(out var item))
        {
            EbbScoreTerm[] terms = item.TermCount == 0 ? [] : new EbbScoreTerm[item.TermCount];
            for (int index = 0; index < terms.Length && list.TryNextTerm(out var term); index++)
            {
                terms[index] = new EbbScoreTerm(Id(term.Item), term.EventType, term.TimeMs, term.Amount);
            }

            items.Add(new EbbRecommendedItem(Id(item.Id), item.Score)
            {
                Terms = terms,
                OlderTerms = item.OlderTerms,
            });
        }

        for (int index = 0; index < items.Count && list.TryNextProbability(out float probability); index++)
        {
            items[index] = items[index] with { Probability = probability };
        }

        var kinds = KindCodec.Read(ref list);
        return Finish(list, items) != StatusCode.Ok ? null : new RecommendResult(items)
        {
            Kinds = kinds,
            Decision = list.Head.Decision,
            Exact = list.Head.Exact,
            ScanLeftOut = list.Head.ScanLeftOut,
            Drift = list.Head.Drift,
            Log2Scale = list.Head.Log2Scale,
            Encoding = list.Head.Encoding,
            Generation = list.Head.Generation,
        };
    }

    private static StatusCode Finish(ListReader list, List<EbbRecommendedItem> items)
    {
        if (!list.Head.HasSources)
        {
            return list.Finish();
        }

        var sources = list.Sources();
        var names = new Dictionary<byte, string>();
        while (sources.TryNextName(out byte kind, out var name))
        {
            names[kind] = Encoding.UTF8.GetString(name);
        }

        var terms = new List<EbbSourceTerm>[items.Count];
        while (sources.TryNext(out var source))
        {
            (terms[source.Item] ??= []).Add(
                new EbbSourceTerm(names.GetValueOrDefault(source.Kind, ""), source.Amount));
        }

        for (int index = 0; index < items.Count; index++)
        {
            items[index] = items[index] with { Sources = terms[index] ?? [] };
        }

        return sources.Finish();
    }

    public static StatusCode[] Statuses(ref WireReader reader, bool wasResent)
    {
        if (!StatusListReader.TryRead(ref reader, out var read))
        {
            return [];
        }

        var statuses = new StatusCode[read.Count];
        for (int index = 0; index < statuses.Length; index++)
        {
            var status = read[index];
            statuses[index] = wasResent && status == StatusCode.Duplicate ? StatusCode.Ok : status;
        }

        return statuses;
    }

    private static EbbId Id(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());
}
