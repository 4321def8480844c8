using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Population;

/// <summary>
/// The likely next category as PROFILE tells it, asked before every event of the test part, with all events before it
/// folded, in the order of time: how often it is right, beside the last category and the population's most frequent
/// one, and how well told probabilities come true.
/// </summary>
internal static class MigrationStudy
{
    private const int Dimension = 2;
    private const int EventsPerCall = 256;

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        string?[] categories = ItemCategories.Of(data.Log, options.Data.DataPath, data.Vectors, out string source);
        var clock = new StudyClock { NowMs = data.Split.Rows.Min(row => row.TimeMs) };
        MemorySchema memory = options.Model.Memory ?? new MemorySchema();
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions
            {
                Dimension = Dimension,
                Policy = options.Model.Policy,
                Schema = memory with { RecentEventCount = 64, Flows = memory.Flows ?? new FlowRule() },
                Clock = clock,
            },
            cancellation).ConfigureAwait(false);
        foreach (int[] items in Enumerable.Range(0, data.Log.Items.Count).Chunk(4096))
        {
            await engine.PutItemsAsync(
                [.. items.Select(item => new ItemPut(data.Log.Items[item], new float[] { 1, 0 })
                {
                    Category = categories[item],
                })]).ConfigureAwait(false);
        }

        Guesses guesses = await AskAsync(engine, data, categories, (clock, progress), cancellation)
            .ConfigureAwait(false);
        return Report(guesses, source, options.Model.Policy.Migration);
    }

    private static async Task<Guesses> AskAsync(
        InterestEngine engine, ReplayData data, string?[] categories,
        (StudyClock Clock, Action<ReplayProgress>? Progress) side, CancellationToken cancellation)
    {
        EvaluationSplit split = data.Split;
        var guesses = new Guesses();
        var last = new Dictionary<int, string>();
        var told = new List<BehaviourEvent>(EventsPerCall);
        int[] order = [.. Enumerable.Range(0, split.Rows.Length).OrderBy(row => split.Rows[row].TimeMs)];
        for (int place = 0; place < order.Length; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            BehaviourRow row = split.Rows[order[place]];
            if (categories[row.Item] is { } category)
            {
                if (!split.Training[order[place]] && last.TryGetValue(row.User, out string? before))
                {
                    await FoldAsync(engine, told).ConfigureAwait(false);
                    side.Clock.NowMs = Math.Max(side.Clock.NowMs, row.TimeMs);
                    InterestProfile profile =
                        await engine.ProfileAsync(data.Log.Users[row.User]).ConfigureAwait(false);
                    guesses.Judge(profile.NextCategories, before, category);
                }

                guesses.Learn(category);
                last[row.User] = category;
                told.Add(new BehaviourEvent(
                    data.Log.Users[row.User], data.Log.Items[row.Item], EventTypes.View, row.TimeMs));
                if (told.Count == EventsPerCall)
                {
                    side.Clock.NowMs = Math.Max(side.Clock.NowMs, row.TimeMs);
                    await FoldAsync(engine, told).ConfigureAwait(false);
                    side.Progress?.Invoke(new ReplayProgress("migration", (double)place / order.Length));
                }
            }
        }

        return guesses;
    }

    private static async Task FoldAsync(InterestEngine engine, List<BehaviourEvent> told)
    {
        if (told.Count > 0)
        {
            ObserveReply reply = await engine.ObserveAsync(told).ConfigureAwait(false);
            if (reply.Statuses.FirstOrDefault(status => status != EntryStatus.Ok) is var refused
                && refused != EntryStatus.Ok)
            {
                throw new DataFileException($"an event is refused: {refused}.");
            }

            told.Clear();
        }
    }

    private static StudyReport Report(Guesses guesses, string source, MigrationPolicy policy)
    {
        string[] Row(string name, int hits)
        {
            double share = (double)hits / Math.Max(1, guesses.Table.Count);
            double error = Math.Sqrt(share * (1 - share) / Math.Max(1, guesses.Table.Count));
            return
            [
                name, guesses.Table.Count.ToString("N0", CultureInfo.InvariantCulture),
                share.ToString("0.0000", CultureInfo.InvariantCulture),
                "± " + error.ToString("0.0000", CultureInfo.InvariantCulture),
            ];
        }

        return new StudyReport(
            "The next category", ["what", "forecasts", "right, or told", "error, or came true"],
            [
                Row("likely next category", guesses.Table.Hits), Row("same category as last", guesses.SameHits),
                Row("population's most frequent", guesses.PriorHits), .. guesses.Table.Rows(),
            ],
            [
                string.Create(
                    CultureInfo.InvariantCulture, $"calibration error {guesses.Table.Error:0.0000}; {source}"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"prior_events {policy.PriorEvents}, population_events {policy.PopulationEvents}, "
                    + $"habit_events {policy.HabitEvents}, own_half_life_events {policy.OwnHalfLifeEvents}"),
            ]);
    }

    /// <summary>What was told of each event, and what the plain rules would have said.</summary>
    private sealed class Guesses
    {
        private readonly Dictionary<string, int> _counts = [];
        private string? _mostFrequent;

        public ReliabilityTable Table { get; } = new();

        public int SameHits { get; private set; }

        public int PriorHits { get; private set; }

        public void Judge(IReadOnlyList<CategoryChance> told, string before, string truth)
        {
            CategoryChance best = told.Count > 0 ? told[0] : default;
            Table.Add(best.Probability, best.Category == truth);
            SameHits += before == truth ? 1 : 0;
            PriorHits += _mostFrequent == truth ? 1 : 0;
        }

        public void Learn(string category)
        {
            int count = _counts[category] = _counts.GetValueOrDefault(category) + 1;
            _mostFrequent = _mostFrequent is null || count > _counts[_mostFrequent] ? category : _mostFrequent;
        }
    }
}
