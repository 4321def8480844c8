using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Batching;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// A request with a fresh encoding, on the real runtime: from its encoding to its answer on the encoder's thread, and
/// from its arrival to its answer on all threads together. Alone, since the second reads the whole process.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class NoAllocationTests
{
    private const int WarmCount = 300;
    private const int MeasuredCount = 200;

    /// <summary>So many that each is out of the cache of encodings when his turn comes again.</summary>
    private const int UserCount = 2 * EncodingCache.PlaceCount;

    /// <summary>What the runtime may take now and then on threads of its own, spread over all requests.</summary>
    private const int BytesPerRequestMax = 1;

    [Fact]
    public async Task Recommend_FreshEncoding_AllocatesNothingOnTheEncodersThread()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        var models = new MeasuredModels(new OnnxModels());
        await using InterestEngine engine = await OpenAsync(bundle, models);
        using var asker = new Asker(engine);
        int allocating = 0;
        for (int turn = 0; turn < WarmCount + MeasuredCount; turn++)
        {
            Assert.Equal((EntryStatus.Ok, EncodingUse.Fresh), asker.Ask(turn));
            allocating += turn >= WarmCount && models.LastBytes > 0 ? 1 : 0;
        }

        Assert.True(models.RunCount >= WarmCount + MeasuredCount);

        // A table that doubles now and then is no cost of a request.
        Assert.InRange(allocating, 0, MeasuredCount / 50);
    }

    [Fact]
    public async Task Recommend_FreshEncoding_AllocatesNothingAnywhere()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(bundle, new OnnxModels());
        using var asker = new Asker(engine);
        int at = 0;

        // The best of a few stretches: one may hold a table that doubles, or what the runtime compiles anew.
        long least = long.MaxValue;
        for (int stretch = 0; stretch < 8; stretch++)
        {
            int end = at + (stretch == 0 ? 4 * WarmCount : MeasuredCount);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            while (at < end)
            {
                (EntryStatus Status, EncodingUse Use) answer = asker.Ask(at++);
                if (answer != (EntryStatus.Ok, EncodingUse.Fresh))
                {
                    Assert.Fail($"{answer}");
                }
            }

            least = Math.Min(least, stretch == 0 ? least : GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, BytesPerRequestMax * MeasuredCount);
    }

    private static async Task<InterestEngine> OpenAsync(BundleFolder bundle, IModelRuntime runtime)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(Options(partitionCount: 1) with
        {
            Encoder = SequenceEncoder.Load(bundle.Path, runtime),

            // Lists are kept for the last users alone: what is kept for one more is another's memory again.
            ServedListCountMax = 64,
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 1, Encoder = 0.8, Repeats = 0.3 } },
        });
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());
        foreach (int[] users in Enumerable.Range(0, UserCount).Chunk(512))
        {
            await engine.ObserveAsync([.. users.Select(user => Click($"u{user}", user % 60, NowMs - 1))]);
        }

        return engine;
    }

    /// <summary>Asks for one user after the other, with a request of its own that is used again.</summary>
    private sealed class Asker(InterestEngine engine) : IRequestCompletion, IDisposable
    {
        private readonly AutoResetEvent _answered = new(false);
        private readonly EngineRequest _request = new();
        private readonly byte[][] _users =
            [.. Enumerable.Range(0, UserCount).Select(user => Encoding.UTF8.GetBytes($"u{user}"))];

        public (EntryStatus Status, EncodingUse Use) Ask(int turn)
        {
            _request.Reset();
            _request.Completion = this;
            _request.Kind = RequestKind.Recommend;
            _request.Count = 10;
            _request.SetUser(_users[turn]);
            engine.Submit(_request);
            return _answered.WaitOne(TimeSpan.FromSeconds(30))
                ? (_request.Status, _request.Encoding)
                : (EntryStatus.Internal, EncodingUse.None);
        }

        public void Completed(EngineRequest request) => _answered.Set();

        public void Dispose() => _answered.Dispose();
    }
}
