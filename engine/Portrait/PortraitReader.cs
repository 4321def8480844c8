using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Portrait;

/// <summary>PORTRAIT: one user in few figures. Runs on the partition's writer; allocates its answer.</summary>
internal sealed class PortraitReader(
    IKernelBackend backend, SchemaInForce schema, PopulationFlows flows, ServedTree tree)
{
    public const int CategoryCountMax = 16;
    public const int EventCountMax = 8;
    public const int NextCountMax = 3;

    /// <summary>What is compared with where the request names no moment.</summary>
    public static readonly TimeSpan SinceDefault = TimeSpan.FromDays(7);

    // A policy that tells no phases of categories changes no list by them; a portrait still names them.
    private static readonly LifecyclePolicy DefaultPhases = new() { Categories = new PhaseRule() };

    private readonly PhaseBook _phases = new();
    private readonly NextCategory _next = new();
    private readonly FeatureMeter _features = new();
    private readonly RecentEvent[] _recent = new RecentEvent[MemorySchema.RecentEventCountMax];
    private readonly PastAct[] _acts = new PastAct[MemorySchema.RecentEventCountMax];
    private readonly float[] _interest = new float[schema.Bank.Dimension];

    public UserPortrait Read(
        EngineRequest request, bool known, UserRecord record, long nowMs, PolicyInForce policy,
        CatalogueLease catalogue)
    {
        if (!known || record.EventCount == 0)
        {
            return new UserPortrait
            {
                Known = known,
                AtMs = nowMs,
                SinceMs = SinceOf(request, nowMs),
                Generation = catalogue.Generation,
            };
        }

        // As everywhere, a moment before the last event is taken for that event's.
        nowMs = Math.Max(nowMs, record.LastEventMs);
        var at = new PortraitMoments(nowMs, SinceOf(request, nowMs));
        for (int index = 0; index < record.RecentCount; index++)
        {
            _recent[index] = record.GetRecent(index);
        }

        ReadOnlySpan<RecentEvent> recent = _recent.AsSpan(0, record.RecentCount);
        (double mass, double massThen) = CategoryMasses.OfAll(schema, policy, record, at);
        PortraitEvent[] events = Events(recent, record, at, policy, catalogue, out double older);
        return new UserPortrait
        {
            Known = true,
            AtMs = at.NowMs,
            SinceMs = at.SinceMs,
            LastEventMs = record.LastEventMs,
            EventCount = record.EventCount,
            IsComplete = record.EventCount <= (ulong)record.RecentCount,
            Mass = mass,
            MassThen = massThen,
            Categories = Categories(recent, at, policy, catalogue),
            Events = events,
            OlderShare = older,
            NextCategories = Next(recent, policy.Policy.Migration, catalogue),
            Forecast = Forecast(recent, at.NowMs, catalogue),
            Generation = catalogue.Generation,
        };
    }

    private static long SinceOf(EngineRequest request, long nowMs) => request.SinceMs == long.MinValue
        ? nowMs - (long)SinceDefault.TotalMilliseconds
        : Math.Min(request.SinceMs, nowMs);

    private PortraitCategory[] Categories(
        ReadOnlySpan<RecentEvent> recent, PortraitMoments at, PolicyInForce policy, CatalogueLease catalogue)
    {
        LifecyclePolicy phases = policy.Policy.Lifecycle.Categories is null ? DefaultPhases : policy.Policy.Lifecycle;
        PhaseReader.Read(_phases, recent, at.NowMs, phases, catalogue);
        Dictionary<uint, (double Now, double Then)> masses =
            CategoryMasses.OfCategories(schema, policy, recent, at, catalogue);
        (uint Code, double Now, double Then)[] heaviest =
        [
            .. masses.Select(pair => (Code: pair.Key, pair.Value.Now, pair.Value.Then))
                .OrderByDescending(one => one.Now).ThenBy(one => one.Code).Take(CategoryCountMax),
        ];
        var told = new PortraitCategory[heaviest.Length];
        for (int index = 0; index < told.Length; index++)
        {
            (uint code, double now, double then) = heaviest[index];
            _phases.TryFind(PhaseSubject.Category, code, out PhaseBook.Entry entry);
            long nextMs = entry.Track.NextChangeMs(at.NowMs, phases.Categories!);
            told[index] = new PortraitCategory(catalogue.Text(AttributeKind.Category, code) ?? "", now, then)
            {
                Phase = entry.Phase,
                NextChangeMs = nextMs == long.MaxValue ? null : nextMs,
            };
        }

        return told;
    }

    private PortraitEvent[] Events(
        ReadOnlySpan<RecentEvent> recent, UserRecord record, PortraitMoments at, PolicyInForce policy,
        CatalogueLease catalogue, out double older)
    {
        double log2Scale = backend.Blend(
            schema.Bank, record.Bank, new BlendAt(at.NowMs - record.LastEventMs, policy.Coefficients), _interest);
        double square = 0;
        foreach (float value in _interest)
        {
            square += (double)value * value;
        }

        older = square > 0 ? 1 : 0;
        var events = new List<PortraitEvent>(recent.Length);
        foreach (ref readonly RecentEvent one in recent)
        {
            int row = (int)one.ItemIndex;
            if (square > 0 && catalogue.Version(row) == one.ItemVersion)
            {
                double ageMs = at.NowMs - one.TimeMs;
                double share = one.Weight * Term(one, (ageMs, log2Scale), policy, catalogue.Vector(row)) / square;
                older -= share;
                events.Add(new PortraitEvent(
                    new OpaqueId(catalogue.Id(row).ToArray()), one.Type, one.TimeMs, one.Weight, share));
            }
        }

        return [.. events.OrderByDescending(one => Math.Abs(one.Share)).Take(EventCountMax)];
    }

    /// <summary>f(age)·(p·v), the decay of each dimension at its own rate; in the unit of the unscaled v.</summary>
    private double Term(
        in RecentEvent one, (double AgeMs, double Log2Scale) at, PolicyInForce policy, ReadOnlySpan<float> vector)
    {
        double term = 0;
        BankShape bank = schema.Bank;
        for (int m = 0; m < bank.HalfLifeCount; m++)
        {
            double factor = policy.Coefficients[m] * schema.ShareOf(one, m);
            if (bank.DimensionRates.Length == 0)
            {
                double dot = 0;
                for (int d = 0; d < vector.Length; d++)
                {
                    dot += (double)vector[d] * _interest[d];
                }

                term += factor * dot * Math.Pow(2, -(at.AgeMs / bank.HalfLivesMs[m]) - at.Log2Scale);
                continue;
            }

            for (int d = 0; d < vector.Length; d++)
            {
                double exponent = -(at.AgeMs / (bank.HalfLivesMs[m] * bank.DimensionRates[d])) - at.Log2Scale;
                term += factor * vector[d] * _interest[d] * Math.Pow(2, exponent);
            }
        }

        return term;
    }

    private CategoryChance[] Next(
        ReadOnlySpan<RecentEvent> recent, MigrationPolicy policy, CatalogueLease catalogue)
    {
        if (flows.Rule is null)
        {
            return [];
        }

        _next.Read(recent, flows.Table, policy, catalogue);
        var best = new List<(uint Code, double Chance)>();
        for (int code = 1; code < _next.CodeCount; code++)
        {
            if (_next.Chances[code] > 0)
            {
                best.Add(((uint)code, _next.Chances[code]));
            }
        }

        best.Sort(static (a, b) => b.Chance != a.Chance ? b.Chance.CompareTo(a.Chance) : a.Code.CompareTo(b.Code));
        var named = new CategoryChance[Math.Min(NextCountMax, best.Count)];
        for (int index = 0; index < named.Length; index++)
        {
            string name = catalogue.Text(AttributeKind.Category, best[index].Code) ?? "";
            named[index] = new CategoryChance(name, best[index].Chance);
        }

        return named;
    }

    private ChangeForecast? Forecast(ReadOnlySpan<RecentEvent> recent, long nowMs, CatalogueLease catalogue)
    {
        if (tree.Current is not { } current)
        {
            return null;
        }

        int count = Math.Min(recent.Length, current.Rule.RememberedEvents);
        for (int index = 0; index < count; index++)
        {
            RecentEvent one = recent[index];
            uint category = catalogue.CategoryCode((int)one.ItemIndex);
            _acts[index] = new PastAct(one.TimeMs, one.Weight, category, one.ItemIndex);
        }

        return current.Forecast(_features.Measure(_acts.AsSpan(0, count), nowMs, current.Rule));
    }
}
