using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>A request with a fresh encoding, on the real runtime, from its encoding to its answer.</summary>
public sealed class NoAllocationTests
{
    private const int WarmCount = 300;
    private const int MeasuredCount = 200;

    /// <summary>So many that each is out of the cache of encodings when his turn comes again.</summary>
    private const int UserCount = 2 * EncodingCache.PlaceCount;

    [Fact]
    public async Task Recommend_FreshEncoding_AllocatesNothingOnTheEncodersThread()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        var models = new MeasuredModels(new OnnxModels());
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options(partitionCount: 1) with
        {
            Encoder = SequenceEncoder.Load(bundle.Path, models),

            // Lists are kept for the last users alone: what is kept for one more is another's memory again.
            ServedListCountMax = 64,
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 1, Encoder = 0.8, Repeats = 0.3 } },
        });
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());
        foreach (int[] users in Enumerable.Range(0, UserCount).Chunk(512))
        {
            await engine.ObserveAsync([.. users.Select(user => Click($"u{user}", user % 60, NowMs - 1))]);
        }

        using var answered = new AutoResetEvent(false);
        var request = new EngineRequest();
        var told = new Told(answered);
        int allocating = 0;
        for (int turn = 0; turn < WarmCount + MeasuredCount; turn++)
        {
            Ask(engine, request, told, $"u{turn}");
            Assert.True(answered.WaitOne(TimeSpan.FromSeconds(30)));
            Assert.Equal(EntryStatus.Ok, request.Status);
            Assert.Equal(EncodingUse.Fresh, request.Encoding);
            allocating += turn >= WarmCount && models.LastBytes > 0 ? 1 : 0;
        }

        Assert.True(models.RunCount >= WarmCount + MeasuredCount);

        // A table that doubles now and then is no cost of a request.
        Assert.InRange(allocating, 0, MeasuredCount / 50);
    }

    private static void Ask(InterestEngine engine, EngineRequest request, Told told, string user)
    {
        request.Reset();
        request.Completion = told;
        request.Kind = RequestKind.Recommend;
        request.Count = 10;
        request.SetUser(Encoding.UTF8.GetBytes(user));
        engine.Submit(request);
    }

    private sealed class Told(AutoResetEvent answered) : IRequestCompletion
    {
        public void Completed(EngineRequest request) => answered.Set();
    }
}
