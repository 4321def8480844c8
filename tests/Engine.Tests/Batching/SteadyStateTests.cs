using Ebb.Engine.Batching;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Batching;

/// <summary>What a request costs once its user, its list and the buffers are there.</summary>
[Collection(AloneCollection.Name)]
public sealed class SteadyStateTests
{
    private const int UserCount = 64;
    private const int ItemCount = 500;
    private const int RoundCount = 200;
    private const int WindowCount = 3;

    private static readonly LifecyclePolicy Phases =
        new() { Categories = new() { Boost = 0.2, Reduce = 0.2 }, Items = new() { Boost = 0.1 } };

    // A page of the log that fills up costs a few objects of the library's, whatever is in it: below a byte a request.
    private const double BytesARequestMax = 1;

    [Theory]
    [InlineData(RequestKind.Act, 0.05, false)]
    [InlineData(RequestKind.Act, 0.0, false)]
    [InlineData(RequestKind.Act, 0.0, true)]
    [InlineData(RequestKind.Observe, 0.05, false)]
    public async Task Request_OfAKnownUser_AllocatesNothing(RequestKind kind, double keepBelow, bool hasPhases)
    {
        using var folder = new TemporaryFolder();
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options(folder.Path) with
        {
            Policy = new ServingPolicy
            {
                KeepBelow = keepBelow,
                ShiftFrom = 0.5,
                Lifecycle = hasPhases ? Phases : LifecyclePolicy.Off,
                GainAtShift = hasPhases ? 1.5 : null,
            },

            // A commit is a cost of time passing, not of requests, and the log's buffer is allocated page by page while
            // it fills for the first time: the warm-up goes through all of it.
            Log = new EventLogOptions { CommitInterval = TimeSpan.FromHours(1), BufferBytes = 1 << 20 },
        });
        await engine.PutItemsAsync(Items(ItemCount));
        var caller = new Caller(engine, kind);
        caller.Run(2 * RoundCount);

        // What time alone allocates (a timer's turn, the pool growing while other processes hold the processor) falls
        // into one window or another; what a request allocates is in all of them.
        long least = long.MaxValue;
        for (int window = 0; window < WindowCount; window++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            caller.Run(RoundCount);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange((double)least / (RoundCount * UserCount), 0, BytesARequestMax);
        Assert.Equal((2 + WindowCount) * RoundCount * UserCount, engine.GetStats().EventsApplied);
    }

    /// <summary>Hands over a request of every user at a time, and waits for them all.</summary>
    private sealed class Caller : IRequestCompletion
    {
        private readonly Random _random = new(42);
        private readonly SemaphoreSlim _answered = new(0);
        private readonly IRequestHandoff _handoff;
        private readonly EngineRequest[] _requests;
        private readonly byte[][] _users;
        private readonly byte[][] _items;
        private readonly RequestKind _kind;
        private int _unanswered;

        public Caller(InterestEngine engine, RequestKind kind)
        {
            _kind = kind;
            _handoff = engine.NewHandoff();
            _requests = [.. Enumerable.Range(0, UserCount).Select(_ => new EngineRequest())];
            _users = [.. Enumerable.Range(0, UserCount).Select(user => new[] { (byte)'u', (byte)user })];
            _items = [.. Items(ItemCount).Select(item => item.Id.Span.ToArray())];
        }

        public void Run(int roundCount)
        {
            for (int round = 0; round < roundCount; round++)
            {
                _unanswered = UserCount;
                for (int user = 0; user < UserCount; user++)
                {
                    _handoff.Add(Fill(_requests[user], _users[user]));
                }

                _handoff.Send();
                _answered.Wait(TestContext.Current.CancellationToken);
            }
        }

        public void Completed(EngineRequest request)
        {
            if (Interlocked.Decrement(ref _unanswered) == 0)
            {
                _answered.Release();
            }
        }

        private EngineRequest Fill(EngineRequest request, byte[] user)
        {
            request.Reset();
            request.Kind = _kind;
            request.SetUser(user);
            request.Count = 10;
            request.AddEvent(_items[_random.Next(ItemCount)], EventTypes.Click, NowMs);
            request.Completion = this;
            return request;
        }
    }
}
