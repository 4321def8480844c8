using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

public sealed class PageWriterTests
{
    [Fact]
    public void Add_ManyPages_AreWrittenInTheirOrder()
    {
        List<long> written = [];
        using (PageWriter writer = new("pages", page => written.Add(page.Offset)))
        {
            for (int page = 0; page < 10_000; page++)
            {
                writer.Add(Page(page));
                if (page % 100 == 0)
                {
                    writer.WriteQueued();
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, 10_000).Select(page => (long)page), written);
    }

    [Fact]
    public void Add_CallerHelps_IsWrittenByTheCaller()
    {
        List<int> threads = [];
        using PageWriter writer = new("pages", _ => threads.Add(Environment.CurrentManagedThreadId));
        writer.HelpByCaller(true);
        writer.Add(Page(1));
        writer.Add(Page(2));
        writer.HelpByCaller(false);
        Assert.Empty(threads);
        writer.WriteQueued();
        Assert.Equal([Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void Add_AfterDispose_IsWrittenAtOnce()
    {
        List<long> written = [];
        PageWriter writer = new("pages", page => written.Add(page.Offset));
        writer.Add(Page(1));
        writer.Dispose();
        Assert.Equal([1L], written);
        writer.Add(Page(2));
        Assert.Equal([1L, 2L], written);
    }

    [Fact]
    public void WhileStill_PagesWaiting_NoneIsWrittenMeanwhile()
    {
        int written = 0;
        using PageWriter writer = new("pages", _ => Interlocked.Increment(ref written));
        writer.WhileStill(() =>
        {
            writer.Add(Page(1));
            Assert.False(SpinWait.SpinUntil(() => Volatile.Read(ref written) > 0, TimeSpan.FromMilliseconds(20)));
        });
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) == 1, TimeSpan.FromSeconds(30)));
    }

    private static PageWrite Page(long offset) => new(0, 0, 0, offset, (_, _, _) => { }, new object());
}
