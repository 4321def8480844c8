using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;

namespace Ebb.Engine.Privacy;

/// <summary>
/// Reports about the population with noise: of each kind one release a period, from which every question of that period
/// is answered, so that asking again costs and tells nothing more. Noise is on every category pair and on every item of
/// the catalogue, counted or not: that one is told says nothing. Any thread.
/// </summary>
internal sealed class PrivateReports
{
    /// <summary>Categories of which all pairs are released: 3 × 513² draws, a tenth of a second.</summary>
    public const int FlowCategoryCountMax = 512;

    /// <summary>Sums of one trend release that a user is in: fast and slow, of items and of categories.</summary>
    private const int TrendSumCount = 4;

    private readonly Lock _lock = new();
    private readonly EngineCore _core;
    private readonly PrivacyOptions _options;
    private readonly PrivacyBudget _budget;
    private Release<FlowTable>? _flows;
    private Release<TrendRelease>? _trends;

    public PrivateReports(EngineCore core, PrivacyOptions options)
    {
        options.Check();
        _core = core;
        _options = options;
        _budget = new PrivacyBudget(options, core.Options.Folder);
    }

    /// <summary>ε spent within the budget's period.</summary>
    public double Spent => Locked(() => _budget.Spent(NowMs()));

    /// <exception cref="EngineRequestException">The budget is spent (Overloaded).</exception>
    public FlowReport Flows(int countMax)
    {
        Release<FlowTable> release = Locked(() => _flows = Current(_flows, "flows", ReleaseFlows));
        using CatalogueLease catalogue = _core.Catalogue.Read();
        return FlowReporter.Make(release.Value, catalogue, countMax, release.AtMs);
    }

    /// <exception cref="EngineRequestException">The budget is spent (Overloaded).</exception>
    public TrendReport Trends(TrendRule rule, TrendQuestion question)
    {
        Release<TrendRelease> release = Locked(
            () => _trends = Current(_trends, "trends", nowMs => ReleaseTrends(rule, nowMs)));
        using CatalogueLease catalogue = _core.Catalogue.Read();
        return TrendReporter.Make(release.Value, rule, question with { NowMs = release.AtMs }, catalogue);
    }

    private Release<T> Current<T>(Release<T>? held, string report, Func<long, T> make)
    {
        long nowMs = NowMs();
        if (held is not null && Math.Abs(nowMs - held.AtMs) < _options.Period.TotalMilliseconds)
        {
            return held;
        }

        return _budget.TrySpend(report, _options.Epsilon, nowMs)
            ? new Release<T>(nowMs, make(nowMs))
            : throw new EngineRequestException(EntryStatus.Overloaded);
    }

    // A user's events are in three windows each.
    private FlowTable ReleaseFlows(long nowMs)
    {
        var noise = new LaplaceNoise(_options.Contribution * FlowWindows.Count / _options.Epsilon);
        Dictionary<ulong, FlowEdge> counted = _core.Flows.Sum(nowMs).Edges
            .ToDictionary(edge => FlowCell.KeyOf(edge.From, edge.To));
        using CatalogueLease catalogue = _core.Catalogue.Read();
        uint categories = (uint)Math.Min(FlowCategoryCountMax, catalogue.CountTexts(AttributeKind.Category));

        var edges = new List<FlowEdge>();
        for (uint from = 0; from <= categories; from++)
        {
            for (uint to = 1; to <= categories; to++)
            {
                FlowEdge edge = counted.GetValueOrDefault(FlowCell.KeyOf(from, to));
                edges.Add(new FlowEdge(from, to)
                {
                    Hour = Math.Max(0, noise.Add(edge.Hour)),
                    Day = Math.Max(0, noise.Add(edge.Day)),
                    Week = Math.Max(0, noise.Add(edge.Week)),
                });
            }
        }

        return new FlowTable(edges);
    }

    private TrendRelease ReleaseTrends(TrendRule rule, long nowMs)
    {
        var noise = new LaplaceNoise(_options.Contribution * TrendSumCount / _options.Epsilon);
        PartitionState[] states = [.. _core.Partitions.Select(partition => partition.Batch.Parts.State)];

        // When counting began is one user's event: taken for long ago.
        var formula = new TrendFormula(rule, firstMs: long.MinValue / 2, nowMs);
        using CatalogueLease catalogue = _core.Catalogue.Read();
        var items = new TrendSums[catalogue.RowCount];
        bool[] isLive = new bool[items.Length];
        for (int row = 0; row < isLive.Length; row++)
        {
            isLive[row] = catalogue.IsLive(row);
        }

        var categories = new TrendSums[catalogue.CountTexts(AttributeKind.Category) + 1];
        foreach (PartitionState state in states)
        {
            TrendCell[] cells;
            lock (state.Population.Gate)
            {
                cells = state.Trends.Cells.ToArray();
            }

            foreach (TrendCell cell in cells.Where(cell => cell.Item < items.Length))
            {
                TrendSums sums = formula.Faded(cell);
                items[cell.Item] = items[cell.Item].Plus(sums);
                uint category = catalogue.CategoryCode((int)cell.Item);
                if (category < categories.Length)
                {
                    categories[category] = categories[category].Plus(sums);
                }
            }
        }

        return new TrendRelease(
            Noised(items, noise, row => isLive[row]), Noised(categories, noise, code => code > 0));
    }

    /// <summary>
    /// The sum of squares, which the error rests on, is not released: it is that of events of weight 1, half of the
    /// fast sum, and the noise's own variance.
    /// </summary>
    private static TrendSums[] Noised(TrendSums[] sums, LaplaceNoise noise, Func<int, bool> isKnown)
    {
        double variance = 2 * noise.Scale * noise.Scale;
        for (int code = 0; code < sums.Length; code++)
        {
            if (!isKnown(code))
            {
                sums[code] = default;
                continue;
            }

            double fast = Math.Max(0, noise.Add(sums[code].Fast));
            double slow = Math.Max(0, noise.Add(sums[code].Slow));
            sums[code] = new TrendSums(fast, slow, (fast / 2) + variance);
        }

        return sums;
    }

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }

    private long NowMs() => _core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Release<T>(long AtMs, T Value);
}
