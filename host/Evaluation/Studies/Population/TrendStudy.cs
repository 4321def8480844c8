using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Trends;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Population;

/// <summary>
/// The 7-day forecast of TRENDS, asked at the beginning of every week of the test part, and of an early part, with all
/// events before it folded, per item and per category, beside "same as last week" and the mean of the last four weeks.
/// WAPE is Σ |forecast − demand| / Σ demand; an item counts from its first event on.
/// </summary>
internal static class TrendStudy
{
    private const int EventsPerCall = 256;
    private const long DayMs = 86_400_000;
    private const int MeanWeeks = 4;

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        string?[] categories = ItemCategories.Of(data.Log, options.Data, data.Vectors, out string source);
        BehaviourRow[] rows = [.. data.Split.Rows.OrderBy(row => row.TimeMs)];
        long beginMs = data.Split.Rows.Where((_, index) => !data.Split.Training[index]).Min(row => row.TimeMs);
        long endMs = rows[^1].TimeMs;
        MemorySchema memory = options.Model.Memory ?? new MemorySchema();
        TrendRule rule = memory.Trends ?? new TrendRule();
        await using InterestEngine engine = await OpenAsync(data, categories, memory with { Trends = rule })
            .ConfigureAwait(false);
        var parts = new Dictionary<string, (DemandErrors Items, DemandErrors Groups, int Weeks)>();
        int folded = 0;
        foreach ((string part, long weekMs) in Weeks(rows[0].TimeMs, beginMs, endMs))
        {
            (DemandErrors items, DemandErrors groups, int weeks) =
                parts.TryGetValue(part, out var known) ? known : (new DemandErrors(), new DemandErrors(), 0);
            parts[part] = (items, groups, weeks + 1);
            int first = folded;
            while (folded < rows.Length && rows[folded].TimeMs < weekMs)
            {
                folded++;
            }

            await FoldAsync(engine, data, rows.AsMemory(first, folded - first), cancellation).ConfigureAwait(false);
            TrendReport report = engine.GetTrends(new TrendQuestion { CountMax = int.MaxValue, NowMs = weekMs });
            items.Judge(report.Items, rows, weekMs, row => data.Log.Items[row.Item]);
            groups.Judge(report.Categories, rows, weekMs, row => categories[row.Item]);
            progress?.Invoke(new ReplayProgress("trends", (double)folded / rows.Length));
        }

        return new StudyReport(
            "Demand of the next seven days, WAPE",
            ["of", "weeks", "demand", "forecast", "same as last week", $"mean of {MeanWeeks} weeks"],
            [
                .. parts.SelectMany(part => new[]
                {
                    part.Value.Items.Row(part.Key + ", items", part.Value.Weeks),
                    part.Value.Groups.Row(part.Key + ", categories", part.Value.Weeks),
                }),
            ],
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"every act of weight 1; half-lives {rule.Fast.TotalDays} and {rule.Slow.TotalDays} d; {source}"),
            ]);
    }

    /// <summary>
    /// The weeks of the first half of the training part, from its sixth on, which nothing was ever chosen by; then
    /// those of the test part.
    /// </summary>
    internal static IEnumerable<(string Part, long WeekMs)> Weeks(long firstMs, long testMs, long endMs)
    {
        long halfMs = firstMs + ((testMs - firstMs) / 2);
        for (long weekMs = firstMs + ((MeanWeeks + 1) * 7 * DayMs); weekMs + (7 * DayMs) <= halfMs;
            weekMs += 7 * DayMs)
        {
            yield return ("first half of training", weekMs);
        }

        for (long weekMs = testMs; weekMs + (7 * DayMs) <= endMs; weekMs += 7 * DayMs)
        {
            yield return ("test", weekMs);
        }
    }

    private static async Task<InterestEngine> OpenAsync(
        ReplayData data, string?[] categories, MemorySchema memory)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Dimension = 2,
            Schema = memory with
            {
                EventTypes = [new EventTypeRule(EventTypes.View, "act", 1)],
                FutureTolerance = TimeSpan.FromDays(36_500),
            },
        }).ConfigureAwait(false);
        foreach (int[] items in Enumerable.Range(0, data.Log.Items.Count).Chunk(4096))
        {
            await engine.PutItemsAsync(
                [.. items.Select(item => new ItemPut(data.Log.Items[item], new float[] { 1, 0 })
                {
                    Category = categories[item],
                })]).ConfigureAwait(false);
        }

        return engine;
    }

    private static async Task FoldAsync(
        InterestEngine engine, ReplayData data, ReadOnlyMemory<BehaviourRow> rows, CancellationToken cancellation)
    {
        for (int start = 0; start < rows.Length; start += EventsPerCall)
        {
            cancellation.ThrowIfCancellationRequested();
            BehaviourEvent[] events =
            [
                .. rows.Slice(start, Math.Min(EventsPerCall, rows.Length - start)).ToArray().Select(row =>
                    new BehaviourEvent(
                        data.Log.Users[row.User], data.Log.Items[row.Item], EventTypes.View, row.TimeMs)),
            ];
            await engine.ObserveAsync(events).ConfigureAwait(false);
        }
    }

    /// <summary>Sums of absolute errors, and of demand.</summary>
    private sealed class DemandErrors
    {
        private double _demand;
        private double _forecast;
        private double _lastWeek;
        private double _mean;

        public void Judge(
            IReadOnlyList<DemandTrend> trends, BehaviourRow[] rows, long weekMs, Func<BehaviourRow, string?> nameOf)
        {
            Dictionary<string, double> truth = Count(rows, (weekMs, weekMs + (7 * DayMs)), nameOf);
            Dictionary<string, double> last = Count(rows, (weekMs - (7 * DayMs), weekMs), nameOf);
            Dictionary<string, double> month = Count(rows, (weekMs - (MeanWeeks * 7 * DayMs), weekMs), nameOf);
            Dictionary<string, double> told = trends.ToDictionary(one => one.Name.ToString(), one => one.NextWeek);
            foreach (string name in told.Keys.Union(truth.Keys))
            {
                double demand = truth.GetValueOrDefault(name);
                _demand += demand;
                _forecast += Math.Abs(told.GetValueOrDefault(name) - demand);
                _lastWeek += Math.Abs(last.GetValueOrDefault(name) - demand);
                _mean += Math.Abs((month.GetValueOrDefault(name) / MeanWeeks) - demand);
            }
        }

        public string[] Row(string name, int weeks)
        {
            string Share(double error) =>
                (error / Math.Max(1, _demand)).ToString("0.0000", CultureInfo.InvariantCulture);
            return
            [
                name, weeks.ToString(CultureInfo.InvariantCulture),
                _demand.ToString("N0", CultureInfo.InvariantCulture),
                Share(_forecast), Share(_lastWeek), Share(_mean),
            ];
        }

        private static Dictionary<string, double> Count(
            BehaviourRow[] rows, (long FromMs, long ToMs) span, Func<BehaviourRow, string?> nameOf)
        {
            var counts = new Dictionary<string, double>();
            foreach (BehaviourRow row in rows)
            {
                if (row.TimeMs >= span.FromMs && row.TimeMs < span.ToMs && nameOf(row) is { } name)
                {
                    counts[name] = counts.GetValueOrDefault(name) + 1;
                }
            }

            return counts;
        }
    }
}
