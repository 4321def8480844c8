using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Ranking;
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
    private const int DimensionAlone = 2;
    private const int EventsPerCall = 256;

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        string?[] categories = ItemCategories.Of(data.Log, options.Data, data.Vectors, out string source);
        var rows = new List<IReadOnlyList<string>>();
        var notes = new List<string>();
        foreach (double head in HeadsOf(options))
        {
            Guesses guesses = await RunAsync(options, data, categories, (head, progress), cancellation)
                .ConfigureAwait(false);
            string with = head == 0
                ? "likely next category"
                : string.Create(CultureInfo.InvariantCulture, $"the same, the model's head {head:0.##}");
            rows.Add(Row(with, guesses.Table.Hits, guesses.Table.Count));
            if (head == 0)
            {
                rows.Add(Row("same category as last", guesses.SameHits, guesses.Table.Count));
                rows.Add(Row("population's most frequent", guesses.PriorHits, guesses.Table.Count));
            }

            rows.AddRange(guesses.Table.Rows());
            notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"calibration error {guesses.Table.Error:0.0000}, head {head:0.##}"));
        }

        return Report(rows, [.. notes, source], options.Model.Policy.Migration);
    }

    /// <summary>Counts alone; with a model that has a head also the policy's share of it, or a half, and all.</summary>
    private static double[] HeadsOf(StudyOptions options)
    {
        bool hasHead = options.Data.ModelFolder is { } folder
            && BundleManifest.Read(folder).Shape.CategoryCount > 0;
        double asked = options.Model.Policy.Migration.Head;
        return hasHead ? [0, asked > 0 ? asked : 0.5, 1] : [0];
    }

    private static async Task<Guesses> RunAsync(
        StudyOptions options, ReplayData data, string?[] categories,
        (double Head, Action<ReplayProgress>? Progress) how, CancellationToken cancellation)
    {
        var clock = new StudyClock { NowMs = data.Split.Rows.Min(row => row.TimeMs) };
        MemorySchema memory = options.Model.Memory ?? new MemorySchema();
        SequenceEncoder? encoder = how.Head > 0 ? options.Data.EncoderOf(options.Data.ModelFolder)?.Invoke() : null;
        ServingPolicy policy = options.Model.Policy;
        int dimension = encoder?.Dimension ?? DimensionAlone;
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions
            {
                Dimension = dimension,
                Policy = policy with { Migration = policy.Migration with { Head = how.Head } },
                Schema = memory with { RecentEventCount = 64, Flows = memory.Flows ?? new FlowRule() },
                Encoder = encoder,
                Clock = clock,
            },
            cancellation).ConfigureAwait(false);
        float[] vector = new float[dimension];
        vector[0] = 1;
        foreach (int[] items in Enumerable.Range(0, data.Log.Items.Count).Chunk(4096))
        {
            await engine.PutItemsAsync(
                [.. items.Select(item => new ItemPut(data.Log.Items[item], vector)
                {
                    Category = categories[item],
                })]).ConfigureAwait(false);
        }

        return await AskAsync(engine, data, categories, (clock, how.Progress), cancellation).ConfigureAwait(false);
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

    private static string[] Row(string name, int hits, int count)
    {
        double share = (double)hits / Math.Max(1, count);
        double error = Math.Sqrt(share * (1 - share) / Math.Max(1, count));
        return
        [
            name, count.ToString("N0", CultureInfo.InvariantCulture),
            share.ToString("0.0000", CultureInfo.InvariantCulture),
            "± " + error.ToString("0.0000", CultureInfo.InvariantCulture),
        ];
    }

    private static StudyReport Report(
        List<IReadOnlyList<string>> rows, List<string> notes, MigrationPolicy policy) =>
        new(
            "The next category", ["what", "forecasts", "right, or told", "error, or came true"], rows,
            [
                .. notes,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"prior_events {policy.PriorEvents}, population_events {policy.PopulationEvents}, "
                    + $"habit_events {policy.HabitEvents}, own_half_life_events {policy.OwnHalfLifeEvents}"),
            ]);

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
