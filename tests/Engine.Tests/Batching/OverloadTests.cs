using Ebb.Engine.Batching;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Batching;

public sealed class OverloadTests
{
    [Fact]
    public async Task Send_ChainBeyondTheQueue_IsRefusedWholeAndSaysWhenToComeBack()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            Options(partitionCount: 1) with { QueueCountMax = 1 });
        await engine.PutItemsAsync(Items(2));
        IRequestHandoff handoff = engine.NewHandoff();
        var answered = new Answered();
        EngineRequest[] requests = [Request(answered), Request(answered)];
        Array.ForEach(requests, handoff.Add);
        handoff.Send();
        Assert.Equal(2, answered.Count);
        Assert.All(requests, request => Assert.Equal(EntryStatus.Overloaded, request.Status));
        Assert.All(requests, request => Assert.InRange(request.RetryAfterMs, 1, 1000));

        EngineRequest alone = Request(answered);
        handoff.Add(alone);
        handoff.Send();
        answered.WaitForThree();
        Assert.Equal(EntryStatus.Ok, alone.Status);
        Assert.True(alone.BegunAt >= alone.SubmittedAt);
        EngineStats stats = engine.GetStats();
        Assert.Equal((1L, 0L, 1L), (stats.BatchesDrained, stats.BatchesFull, stats.RequestsBegun));
    }

    private static EngineRequest Request(IRequestCompletion completion)
    {
        var request = new EngineRequest { Kind = RequestKind.Observe, Completion = completion };
        request.AddEvent(request.Store("a"u8), ItemId(1).Span, EventTypes.Click, NowMs, float.NaN, 0);
        return request;
    }

    private sealed class Answered : IRequestCompletion
    {
        private readonly ManualResetEventSlim _three = new();
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void WaitForThree() => _three.Wait(TestContext.Current.CancellationToken);

        public void Completed(EngineRequest request)
        {
            if (Interlocked.Increment(ref _count) == 3)
            {
                _three.Set();
            }
        }
    }
}
