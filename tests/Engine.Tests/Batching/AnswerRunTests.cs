using Ebb.Engine.Batching;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

public sealed class AnswerRunTests
{
    [Fact]
    public void TryDefer_OutsideARun_IsRefused() => Assert.False(AnswerRun.TryDefer(new Sink()));

    [Fact]
    public void End_NestedRuns_FlushesOnceAtTheOutermost()
    {
        var sink = new Sink();
        AnswerRun.Begin();
        AnswerRun.Begin();
        Assert.True(AnswerRun.TryDefer(sink));
        Assert.True(AnswerRun.TryDefer(sink));
        AnswerRun.End();
        Assert.Equal(0, sink.FlushCount);
        AnswerRun.End();
        Assert.Equal(1, sink.FlushCount);
        Assert.False(AnswerRun.TryDefer(sink));
    }

    private sealed class Sink : IAnswerSink
    {
        public int FlushCount { get; private set; }

        public void Flush() => FlushCount++;
    }
}
