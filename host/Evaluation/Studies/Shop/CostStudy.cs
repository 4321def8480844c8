using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What impressions, experiments, alarms of taste, several kinds and a graph cost a call, in process, each in turns
/// with the call without it: ratios hold where other work disturbs the machine. Processor time, of all threads.
/// </summary>
internal static class CostStudy
{
    private const int RoundCount = 30;
    private const int CallsPerRound = 200;
    private const int EventsPerCall = 20;
    private const int WordsMin = 5;

    private const string Experiment =
        """
        {"policies": [{"name": "a", "share": 1}, {"name": "b", "share": 0}],
         "experiments": [{"name": "x", "start": "2000-01-01",
           "arms": [{"policy": "a", "share": 0.5}, {"policy": "b", "share": 0.5}]}]}
        """;

    public static async Task<StudyReport> RunAsync(StudyOptions options, CancellationToken cancel)
    {
        ReplayData data = ReplayData.Load(options.Data, null);
        float[][] vectors = GraphStudy.GivenVectors(data);
        await using InterestEngine plain = await OpenAsync(data, vectors, null, cancel)
            .ConfigureAwait(false);
        await using InterestEngine tried = await OpenAsync(
            data, vectors, PolicyDocument.Read(Experiment), cancel)
            .ConfigureAwait(false);
        await using InterestEngine graph = await OpenAsync(data, vectors, null, cancel)
            .ConfigureAwait(false);
        int wordCount = await PutWordsAsync(graph, data).ConfigureAwait(false);
        var plainList = new RecommendQuery { Count = 10 };
        RecommendQuery kinds = plainList with { Kinds = [new KindQuery("content", 10)] };
        string[][] rows =
        [
            await RowAsync(
                "OBSERVE of 20 clicks, an experiment running", "without one",
                (at => Observe(tried, data, at, EventTypes.Click), at => Observe(plain, data, at, EventTypes.Click)),
                cancel).ConfigureAwait(false),
            await RowAsync(
                "OBSERVE of 20 impressions", "of 20 clicks, both with an experiment running",
                (at => Observe(tried, data, at, EventTypes.Impression),
                    at => Observe(tried, data, at, EventTypes.Click)),
                cancel).ConfigureAwait(false),
            await RowAsync(
                $"RECOMMEND of 10 items and 10 of {wordCount:N0} words", "of 10 items, same graph",
                (at => graph.RecommendAsync(User(at), kinds), at => graph.RecommendAsync(User(at), plainList)),
                cancel).ConfigureAwait(false),
            await RowAsync(
                "put of an item without a vector and an edge to a word", "put of an item with its vector, no graph",
                (at => PutNewAsync(graph, at), at => PutAsync(plain, at, vectors[at % vectors.Length])),
                cancel).ConfigureAwait(false),
        ];
        return new StudyReport(
            "Costs beside the call without", ["call", "beside", "processor time, ratio (quartiles)"], rows,
            [
                $"{data.Split.Catalogue.Count:N0} items of {vectors[0].Length} dimensions; {RoundCount} rounds of"
                + $" {CallsPerRound} calls each, in turns.",
            ]);
    }

    private static async Task<string[]> RowAsync(
        string name, string beside, (Func<int, Task> With, Func<int, Task> Without) calls, CancellationToken cancel)
    {
        var ratios = new List<double>();
        for (int round = -2; round < RoundCount; round++)
        {
            int first = (round + 2) * CallsPerRound;
            double with = await TimeAsync(calls.With, first, cancel).ConfigureAwait(false);
            double without = await TimeAsync(calls.Without, first, cancel).ConfigureAwait(false);
            if (round >= 0)
            {
                ratios.Add(with / without);
            }
        }

        ratios.Sort();
        return
        [
            name, beside,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{ratios[RoundCount / 2]:0.00} ({ratios[RoundCount / 4]:0.00} to {ratios[RoundCount * 3 / 4]:0.00})"),
        ];
    }

    private static async Task<double> TimeAsync(Func<int, Task> call, int first, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var process = Process.GetCurrentProcess();
        TimeSpan begun = process.TotalProcessorTime;
        for (int at = 0; at < CallsPerRound; at++)
        {
            await call(first + at).ConfigureAwait(false);
        }

        process.Refresh();
        return Math.Max(1e-3, (process.TotalProcessorTime - begun).TotalMilliseconds);
    }

    private static string User(int at) => "u" + (at % 1000);

    private static Task Observe(InterestEngine engine, ReplayData data, int at, byte type) => engine.ObserveAsync(
    [
        .. Enumerable.Range(0, EventsPerCall).Select(place => new BehaviourEvent(
            User(at), data.Split.Catalogue.Ids[((at * EventsPerCall) + place) % data.Split.Catalogue.Count], type,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())),
    ]);

    private static async Task PutAsync(InterestEngine engine, int at, float[] vector) =>
        await engine.PutItemsAsync([new ItemPut($"new {at}", vector)]).ConfigureAwait(false);

    private static async Task PutNewAsync(InterestEngine engine, int at)
    {
        await engine.PutItemsAsync([new ItemPut($"new {at}", ReadOnlyMemory<float>.Empty)]).ConfigureAwait(false);
        await engine.PutEdgesAsync(
            [new GraphEdge("content", new GraphEnd("item", $"new {at}"), new GraphEnd("content", "heart"))])
            .ConfigureAwait(false);
    }

    /// <summary>The words of titles as content nodes; says how many.</summary>
    private static async Task<int> PutWordsAsync(InterestEngine engine, ReplayData data)
    {
        (string Word, string Item)[] links =
        [
            .. Enumerable.Range(0, data.Log.Items.Count).Where(item => data.Split.Catalogue.IndexOf(item) >= 0)
                .SelectMany(item => (data.Log.ItemTitles[item] ?? "").ToLowerInvariant()
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()
                    .Select(word => (word, data.Log.Items[item]))),
        ];
        GraphEdge[] edges =
        [
            .. links.GroupBy(link => link.Word).Where(word => word.Count() >= WordsMin).SelectMany(word => word)
                .Select(link => new GraphEdge(
                    "content", new GraphEnd("item", link.Item), new GraphEnd("content", link.Word))),
        ];
        foreach (GraphEdge[] chunk in edges.Chunk(1024))
        {
            await engine.PutEdgesAsync(chunk).ConfigureAwait(false);
        }

        return edges.Select(edge => edge.To).Distinct().Count();
    }

    private static async Task<InterestEngine> OpenAsync(
        ReplayData data, float[][] vectors, PolicySet? policies, CancellationToken cancel)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions
            {
                Policies = policies,
                Dimension = vectors[0].Length,
                PartitionCount = 2,
                Schema = new MemorySchema { HalfLives = [TimeSpan.FromDays(30)] },
            },
            cancel).ConfigureAwait(false);
        foreach (int[] chunk in Enumerable.Range(0, vectors.Length).Chunk(1024))
        {
            await engine.PutItemsAsync(
                [.. chunk.Select(item => new ItemPut(data.Split.Catalogue.Ids[item], vectors[item]))])
                .ConfigureAwait(false);
        }

        for (int user = 0; user < 1000; user++)
        {
            await Observe(engine, data, user, EventTypes.Click).ConfigureAwait(false);
        }

        return engine;
    }
}
