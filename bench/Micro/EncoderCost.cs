using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;

namespace Ebb.Bench.Micro;

/// <summary>
/// What serving adds to the model: p50 of a bare loop over the session (A) and of an encoding as serving makes it, from
/// the user's last events to the copied vector (B), at one user and twenty events, in turn; then RECOMMEND with a fresh
/// encoding, which goes to the encoder's thread and back (C), and with one that is kept (D).
/// <c>dotnet run -c Release --project bench/Micro -- encodercost BUNDLE</c>
/// </summary>
internal static class EncoderCost
{
    private const int EventCount = 20;
    private const int RoundCount = 15;
    private const int CallsPerRound = 400;

    public static async Task RunAsync(string folder)
    {
        var runtime = new OnnxModels();
        Console.WriteLine(runtime.Description);
        using var encoder = SequenceEncoder.Load(folder, runtime);
        using ISequenceModel bare = runtime.Open(
            encoder.Bundle.EncoderPath, encoder.Bundle.Manifest.Shape, ModelProvider.Cpu);
        InterestEngine engine = await OpenAsync(encoder.Bundle).ConfigureAwait(false);
        await engine.ChangeModelAsync(SequenceEncoder.Load(folder, runtime)).ConfigureAwait(false);
        var query = new RecommendQuery { Count = 20 };
        string[] names = ["A bare session", "B encoding", "C RECOMMEND, fresh", "D RECOMMEND, kept"];
        var times = names.Select(_ => new List<double>()).ToArray();
        using ItemCatalogueView view = await ItemCatalogueView.OpenAsync(encoder.Bundle).ConfigureAwait(false);
        for (int round = 0; round < RoundCount; round++)
        {
            Time(times[0], round, () => RunBare(bare));
            Time(times[1], round, () => view.Encode(encoder));
            for (int call = 0; call < CallsPerRound / 4; call++)
            {
                string user = string.Create(CultureInfo.InvariantCulture, $"u{round}-{call}");
                await engine.ObserveAsync(Events(encoder.Bundle, user)).ConfigureAwait(false);
                await TimeAsync(times[2], round, () => engine.RecommendAsync(user, query)).ConfigureAwait(false);
                await TimeAsync(times[3], round, () => engine.RecommendAsync(user, query)).ConfigureAwait(false);
            }
        }

        for (int at = 0; at < names.Length; at++)
        {
            double median = times[at].Order().ElementAt(times[at].Count / 2);
            double first = times[0].Order().ElementAt(times[0].Count / 2);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{names[at],-20} p50 {median,8:F1} µs, {median / first:F2} of A"));
        }

        await engine.DisposeAsync().ConfigureAwait(false);
    }

    private static void RunBare(ISequenceModel model)
    {
        model.Batch.Begin(1, EventCount);
        model.Batch.Lengths[0] = EventCount;
        for (int place = 0; place < EventCount; place++)
        {
            model.Batch.ItemIds[place] = 1 + place;
        }

        model.Run();
    }

    private static void Time(List<double> times, int round, Action call)
    {
        for (int index = 0; index < CallsPerRound; index++)
        {
            long start = Stopwatch.GetTimestamp();
            call();
            Note(times, round, start);
        }
    }

    private static async Task TimeAsync(List<double> times, int round, Func<Task> call)
    {
        long start = Stopwatch.GetTimestamp();
        await call().ConfigureAwait(false);
        Note(times, round, start);
    }

    // The first rounds warm up.
    private static void Note(List<double> times, int round, long start)
    {
        if (round >= 3)
        {
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    private static BehaviourEvent[] Events(ModelBundle bundle, string user) =>
        [.. Enumerable.Range(0, EventCount).Select(index => new BehaviourEvent(
            user, bundle.Items.Ids[(user.Length + index) % bundle.Items.Count], EventTypes.Click,
            1_700_000_000_000 + (index * 1000L)))];

    private static async Task<InterestEngine> OpenAsync(ModelBundle bundle)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Folder = null,
            Dimension = bundle.Manifest.Shape.Dimension,
            Policy = new ServingPolicy
            {
                KeepBelow = -1,
                ShiftFrom = 3,
                Sources = new SourcePolicy { Vector = 1, Encoder = 1 },
            },
        }).ConfigureAwait(false);
        await engine.PutItemsAsync(Puts(bundle)).ConfigureAwait(false);
        return engine;
    }

    private static ItemPut[] Puts(ModelBundle bundle) =>
        [.. Enumerable.Range(0, bundle.Items.Count).Select(row => new ItemPut(
            bundle.Items.Ids[row], bundle.Items.Row(row)))];

    /// <summary>A catalogue of the bundle's items and a job of one user, as a partition hands it over.</summary>
    private sealed class ItemCatalogueView : IDisposable
    {
        private readonly ItemCatalogue _catalogue;
        private readonly ListJob[] _jobs;

        private ItemCatalogueView(ItemCatalogue catalogue, ListJob job)
        {
            _catalogue = catalogue;
            _jobs = [job];
        }

        public static async Task<ItemCatalogueView> OpenAsync(ModelBundle bundle)
        {
            int dimension = bundle.Manifest.Shape.Dimension;
            var options = new CatalogueOptions
            {
                Dimension = dimension,
                Backend = new CpuBackend(),
                Budget = new MemoryBudget(1L << 30),
            };
            var catalogue = ItemCatalogue.Open(options, new MemoryEventLog(1), null, out _);
            await catalogue.PutAsync(Puts(bundle)).ConfigureAwait(false);
            var job = new ListJob(dimension) { RecentCount = EventCount, Encoding = new JobEncoding(dimension) };
            for (int index = 0; index < EventCount; index++)
            {
                job.Recent[index] = new RecentEvent(1000 - index, (uint)index, 1, 1, EventTypes.Click, default);
            }

            return new ItemCatalogueView(catalogue, job);
        }

        public void Encode(SequenceEncoder encoder)
        {
            using CatalogueLease lease = _catalogue.Read();
            encoder.Encode(_jobs, lease);
        }

        public void Dispose() => _catalogue.Dispose();
    }
}
