using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>What a record says of its user at a moment.</summary>
internal sealed class ProfileReader(
    IKernelBackend backend, BankShape bank, PopulationFlows flows, EncodingStage encodings)
{
    /// <summary>Likely next categories that a profile tells.</summary>
    private const int NextCountMax = 8;

    private readonly DriftMeter _drift = new(backend);
    private readonly PhaseBook _phases = new();
    private readonly NextCategory _next = new();
    private readonly ListJob _asked = new(bank.Dimension);
    private readonly RecentEvent[] _recent = new RecentEvent[MemorySchema.RecentEventCountMax];

    /// <summary>The unscaled interest vector at the moment; returns its log2 scale.</summary>
    public double Interest(UserRecord record, long nowMs, PolicyInForce policy, Span<float> query) =>
        backend.Blend(bank, record.Bank, new BlendAt(ElapsedMs(record, nowMs), policy.Coefficients), query);

    public InterestProfile Describe(
        bool known, UserRecord record, long nowMs, PolicyInForce policy, ServedList? kept, CatalogueLease catalogue)
    {
        float[] direction = new float[bank.Dimension];
        if (!known || record.EventCount == 0)
        {
            return new InterestProfile
            {
                Known = known,
                Direction = direction,
                Masses = new double[bank.HalfLifeCount],
                Generation = catalogue.Generation,
            };
        }

        double log2Scale = Interest(record, nowMs, policy, direction);
        double drift = kept is null
            ? double.NaN
            : _drift.Measure(policy, new ScaledInterest(direction, log2Scale), kept.Interest);
        Normalise(direction);
        return new InterestProfile
        {
            Known = true,
            Direction = direction,
            Masses = Masses(record, nowMs),
            Log2Scale = log2Scale,
            LastEventMs = record.LastEventMs,
            EventCount = record.EventCount,
            Drift = drift,
            RecentEvents = Recent(record, catalogue),
            NextCategories = Next(record, policy.Policy.Migration, catalogue),
            Phases = Phases(record, nowMs, policy.Policy.Lifecycle, catalogue),
            Generation = catalogue.Generation,
        };
    }

    private static double ElapsedMs(UserRecord record, long nowMs) =>
        record.EventCount == 0 ? 0 : Math.Max(0, nowMs - record.LastEventMs);

    private double[] Masses(UserRecord record, long nowMs)
    {
        double[] masses = new double[bank.HalfLifeCount];
        ReadOnlySpan<float> held = record.Bank[bank.MassOffset..];
        for (int m = 0; m < masses.Length; m++)
        {
            masses[m] = held[m] * Math.Pow(2, -ElapsedMs(record, nowMs) / bank.HalfLivesMs[m]);
        }

        return masses;
    }

    private SubjectPhase[] Phases(
        UserRecord record, long nowMs, LifecyclePolicy policy, CatalogueLease catalogue)
    {
        for (int index = 0; index < record.RecentCount; index++)
        {
            _recent[index] = record.GetRecent(index);
        }

        PhaseReader.Read(_phases, _recent.AsSpan(0, record.RecentCount), nowMs, policy, catalogue);
        return PhaseReader.Describe(_phases, nowMs, policy, catalogue);
    }

    private CategoryChance[] Next(UserRecord record, MigrationPolicy policy, CatalogueLease catalogue)
    {
        JobEncoding? head = policy.Head > 0 ? Head(record, catalogue) : null;
        if (flows.Rule is null && head is null)
        {
            return [];
        }

        for (int index = 0; index < record.RecentCount; index++)
        {
            _recent[index] = record.GetRecent(index);
        }

        FlowTable table = flows.Rule is null ? FlowTable.Empty : flows.Table;
        _next.Read(_recent.AsSpan(0, record.RecentCount), table, policy, catalogue);
        if (head is not null)
        {
            _next.Mix(head, policy.Head, catalogue);
        }

        var chances = new List<(uint Code, double Chance)>();
        for (int code = 1; code < _next.CodeCount; code++)
        {
            if (_next.Chances[code] > 0)
            {
                chances.Add(((uint)code, _next.Chances[code]));
            }
        }

        // A span, and so a lease, cannot go into a lambda.
        (uint Code, double Chance)[] best =
            [.. chances.OrderByDescending(one => one.Chance).ThenBy(one => one.Code).Take(NextCountMax)];
        var named = new CategoryChance[best.Length];
        for (int index = 0; index < named.Length; index++)
        {
            string category = catalogue.Text(AttributeKind.Category, best[index].Code) ?? "";
            named[index] = new CategoryChance(category, best[index].Chance);
        }

        return named;
    }

    private JobEncoding? Head(UserRecord record, CatalogueLease catalogue)
    {
        for (int index = 0; index < record.RecentCount; index++)
        {
            _asked.Recent[index] = record.GetRecent(index);
        }

        _asked.RecentCount = record.RecentCount;
        _asked.UserSequence = record.Sequence;
        return encodings.HeadNow(_asked, catalogue);
    }

    private static PastEvent[] Recent(UserRecord record, CatalogueLease catalogue)
    {
        var events = new PastEvent[record.RecentCount];
        for (int index = 0; index < events.Length; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            var item = new OpaqueId(catalogue.Id((int)recent.ItemIndex).ToArray());
            events[index] = new PastEvent(item, recent.Type, recent.TimeMs, recent.Weight);
        }

        return events;
    }

    private static void Normalise(Span<float> direction)
    {
        double norm = VectorNorm.Of(direction);
        for (int d = 0; norm > 0 && d < direction.Length; d++)
        {
            direction[d] = (float)(direction[d] / norm);
        }
    }
}
