using System.Runtime.InteropServices;
using System.Text;
using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Interest.Trends;

/// <summary>Sums what the partitions counted and makes the report. Any thread.</summary>
internal static class TrendReporter
{
    public static TrendReport Make(
        IReadOnlyList<PartitionState> partitions, TrendRule rule, TrendQuestion question, CatalogueLease catalogue)
    {
        long nowMs = question.NowMs!.Value;
        var cells = new List<TrendCell[]>(partitions.Count);
        double lastWeek = 0;
        long wholeFromMs = 0;
        long firstMs = nowMs;
        foreach (PartitionState state in partitions)
        {
            lock (state.Population.Gate)
            {
                cells.Add(state.Trends.Cells.ToArray());
                firstMs = Math.Min(firstMs, state.Trends.FirstMs);
                lastWeek += state.Trends.Hours.LastWeek(nowMs);
                wholeFromMs = Math.Max(wholeFromMs, state.Trends.Hours.WholeFromMs);
            }
        }

        var formula = new TrendFormula(rule, firstMs, nowMs);
        int only = -1;
        if (question.Item is { } item && !catalogue.TryFind(item.Span, out only))
        {
            return new TrendReport { IsCounted = true, AtMs = nowMs };
        }

        var items = new Dictionary<uint, TrendSums>();
        var categories = new Dictionary<uint, TrendSums>();
        TrendSums all = default;
        uint onlyCategory = only < 0 ? 0 : catalogue.CategoryCode(only);
        foreach (TrendCell cell in cells.SelectMany(each => each))
        {
            TrendSums sums = formula.Faded(cell);
            all = all.Plus(sums);
            uint category = catalogue.CategoryCode((int)cell.Item);
            if (only < 0 || cell.Item == (uint)only)
            {
                Add(items, cell.Item, sums);
            }

            if (category != 0 && (only < 0 || category == onlyCategory))
            {
                Add(categories, category, sums);
            }
        }

        TrendLevel? level = TrendLevel.Of((lastWeek, all), (Math.Max(firstMs, wholeFromMs), nowMs));
        return new TrendReport
        {
            IsCounted = true,
            AtMs = nowMs,
            Items = Named(Select(items, formula, question), isItem: true, catalogue),
            Categories = Named(Select(categories, formula, question, level), isItem: false, catalogue),
        };
    }

    /// <summary>The same of sums that were released before.</summary>
    public static TrendReport Make(
        TrendRelease release, TrendRule rule, TrendQuestion question, CatalogueLease catalogue)
    {
        // When counting began is not told: the rates are those of long counting.
        var formula = new TrendFormula(rule, long.MinValue / 2, question.NowMs!.Value);
        var empty = new TrendReport { IsCounted = true, AtMs = question.NowMs.Value };
        int only = -1;
        if (question.Item is { } item && !catalogue.TryFind(item.Span, out only))
        {
            return empty;
        }

        uint onlyCategory = only < 0 ? 0 : catalogue.CategoryCode(only);
        Dictionary<uint, TrendSums> items = Chosen(release.Items, row => only < 0 || row == only);
        Dictionary<uint, TrendSums> categories = Chosen(
            release.Categories, code => code > 0 && (only < 0 || code == onlyCategory));
        return empty with
        {
            Items = Named(Select(items, formula, question), isItem: true, catalogue),
            Categories = Named(Select(categories, formula, question), isItem: false, catalogue),
        };
    }

    private static Dictionary<uint, TrendSums> Chosen(TrendSums[] sums, Func<int, bool> isAsked) => Enumerable
        .Range(0, sums.Length).Where(isAsked).ToDictionary(code => (uint)code, code => sums[code]);

    private static DemandTrend[] Named((uint Code, DemandTrend Trend)[] trends, bool isItem, CatalogueLease catalogue)
    {
        var named = new DemandTrend[trends.Length];
        for (int index = 0; index < named.Length; index++)
        {
            (uint code, DemandTrend trend) = trends[index];
            byte[] name = isItem
                ? catalogue.Id((int)code).ToArray()
                : Encoding.UTF8.GetBytes(catalogue.Text(AttributeKind.Category, code) ?? "");
            named[index] = trend with { Name = new OpaqueId(name) };
        }

        return named;
    }

    private static void Add(Dictionary<uint, TrendSums> sums, uint code, in TrendSums added)
    {
        ref TrendSums held = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, code, out _);
        held = held.Plus(added);
    }

    private static (uint Code, DemandTrend Trend)[] Select(
        Dictionary<uint, TrendSums> sums, TrendFormula formula, TrendQuestion question, TrendLevel? level = null)
    {
        (uint Code, DemandTrend Trend)[] all =
        [
            .. sums.Where(pair => pair.Value.Slow > 0).Select(pair =>
            {
                DemandTrend trend = formula.Of(default, pair.Value);
                return (pair.Key, level is { } known ? trend with { NextWeek = known.Of(pair.Value) } : trend);
            }),
        ];
        IOrderedEnumerable<(uint Code, DemandTrend Trend)> chosen = question.Order switch
        {
            TrendOrder.Rising => all.Where(one => one.Trend.Direction == TrendDirection.Rising)
                .OrderByDescending(one => one.Trend.SlopePerWeek),
            TrendOrder.Falling => all.Where(one => one.Trend.Direction == TrendDirection.Falling)
                .OrderBy(one => one.Trend.SlopePerWeek),
            _ => all.OrderByDescending(one => one.Trend.NextWeek),
        };
        return [.. chosen.ThenBy(one => one.Code).Take(question.CountMax)];
    }
}
