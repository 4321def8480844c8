using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.TestSupport;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>The bundle that the demo serves: trained, exported and shipped, it says here what it said there.</summary>
public sealed class ShippedBundleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "host", "Server", "data", "encoder");

    private const int RequestCount = 1000;
    private const int ListCount = 10;

    [Fact]
    public void Run_EveryBatchSizeAndLength_IsTheStoredOutput()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        var bundle = ModelBundle.Read(Folder);
        ReferenceBatch stored = bundle.Reference;
        using ISequenceModel model = new OnnxModels().Open(
            bundle.EncoderPath, bundle.Manifest.Shape, ModelProvider.Cpu);
        int next = 0;
        for (int rowCount = 1; rowCount <= SequenceBatch.RowCountMax; rowCount++)
        {
            // Rows that follow each other in the reference, from its first again after the last.
            int[] rows = [.. Enumerable.Range(0, rowCount).Select(_ => next++ % stored.Count)];
            model.Batch.Begin(rowCount, rows.Max(row => stored.Lengths[row]));
            for (int place = 0; place < rowCount; place++)
            {
                int length = stored.Lengths[rows[place]];
                model.Batch.Lengths[place] = length;
                stored.ItemIds[rows[place]].AsSpan(0, length).CopyTo(
                    model.Batch.ItemIds.AsSpan(place * model.Batch.Length));
            }

            model.Run();
            for (int place = 0; place < rowCount; place++)
            {
                ReferenceBatch.Compare("", model.Batch.Vector(place), stored.Expected[rows[place]], rows[place]);
                ReferenceBatch.Compare(
                    "", model.Batch.Logits(place), stored.ExpectedCategories![rows[place]], rows[place]);
            }
        }
    }

    /// <summary>A user of each length from none to the longest, all asking at once: lists as the stored vectors
    /// rank.</summary>
    [Fact]
    public async Task Recommend_ThousandAtOnce_RanksByTheStoredOutputs()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        SequenceEncoder encoder = SequenceEncoder.Load(Folder, new OnnxModels());
        (ModelBundle bundle, ReferenceBatch stored) = (encoder.Bundle, encoder.Bundle.Reference);
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options() with
        {
            Dimension = encoder.Dimension,
            Encoder = encoder,
            Schema = UnitSchema with { RecentEventCount = 64 },
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 0, Encoder = 1 } },
        });
        ItemPut[] items = [.. bundle.Items.Ids.Select((id, row) => new ItemPut(id, bundle.Items.Row(row)))];
        await engine.PutItemsAsync(items);
        foreach (int[] users in Enumerable.Range(0, RequestCount).Chunk(8))
        {
            BehaviourEvent[] events = [.. users.SelectMany(user => EventsOf(bundle, user))];
            Assert.All((await engine.ObserveAsync(events)).Statuses, status => Assert.Equal(EntryStatus.Ok, status));
        }

        Recommendation[] lists = await Task.WhenAll(Enumerable.Range(0, RequestCount).Select(
            user => engine.RecommendAsync($"u{user}", new RecommendQuery { Count = ListCount })));
        var rowOf = bundle.Items.Ids.Select((id, row) => (id, row)).ToDictionary(pair => pair.id, pair => pair.row);
        double[][] scores = [.. stored.Expected.Select(vector => Scores(bundle, vector))];
        for (int user = 0; user < RequestCount; user++)
        {
            int row = user % stored.Count;
            if (stored.Lengths[row] == 0)
            {
                Assert.Equal(EncodingUse.None, lists[user].Encoding);
                continue;
            }

            Assert.Equal(EncodingUse.Fresh, lists[user].Encoding);
            double[] best = [.. scores[row].OrderDescending().Take(ListCount)];
            Assert.Equal(ListCount, lists[user].Items.Count);
            for (int place = 0; place < ListCount; place++)
            {
                // Items that are all but equal may stand in either order.
                double score = scores[row][rowOf[lists[user].Items[place].Item.ToString()]];
                Assert.Equal(best[place], score, ReferenceBatch.Tolerance * Math.Max(1, Math.Abs(best[place])));
            }
        }

        Assert.Equal(0, engine.GetStats().EncodedEventsUnknown);
    }

    [Fact]
    public void Load_HasAllParts_AsTrained()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using SequenceEncoder encoder = SequenceEncoder.Load(Folder, new OnnxModels());
        Assert.True(encoder.HasHead);
        Assert.NotNull(encoder.ReRanker);
        Assert.NotNull(encoder.Bundle.Portrait);
        float[][] vectors = encoder.Items!.Encode(["RED RETROSPOT MUG", "RED RETROSPOT BOWL", "DOORMAT WELCOME", "?"]);
        Assert.Empty(vectors[3]);
        Assert.True(Cosine(vectors[0], vectors[1]) > Cosine(vectors[0], vectors[2]));
        Assert.InRange(Directory.GetFiles(Folder).Sum(file => new FileInfo(file).Length), 1, 2 << 20);
    }

    [Fact]
    public void Reference_HoldsEveryLengthUpToTheLongest()
    {
        var bundle = ModelBundle.Read(Folder);
        Assert.Equal(
            Enumerable.Range(0, bundle.Manifest.Shape.LengthMax + 1), bundle.Reference.Lengths.Distinct().Order());
        Assert.Contains("CC BY 4.0", bundle.Manifest.Licence, StringComparison.Ordinal);
    }

    /// <summary>The row of the reference that is the user's turn, a second between its items.</summary>
    private static IEnumerable<BehaviourEvent> EventsOf(ModelBundle bundle, int user)
    {
        int row = user % bundle.Reference.Count;
        int length = bundle.Reference.Lengths[row];
        return Enumerable.Range(0, length).Select(place => new BehaviourEvent(
            $"u{user}", bundle.Items.Ids[(int)bundle.Reference.ItemIds[row][place] - 1], EventTypes.Click,
            NowMs - ((length - place) * 1000L)));
    }

    private static double[] Scores(ModelBundle bundle, double[] vector) =>
        [.. Enumerable.Range(0, bundle.Items.Count).Select(row =>
            bundle.Items.Row(row).ToArray().Select((value, d) => value * vector[d]).Sum())];

    private static double Cosine(float[] left, float[] right)
    {
        double dot = left.Zip(right, (a, b) => (double)a * b).Sum();
        return dot / Math.Sqrt(left.Sum(a => (double)a * a) * right.Sum(b => (double)b * b));
    }
}
