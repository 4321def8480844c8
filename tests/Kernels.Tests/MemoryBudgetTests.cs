using Ebb.Kernels.Memory;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void Reserve_ManyThreads_NeverPassesTheLimit()
    {
        MemoryBudget budget = new(1000);
        int granted = 0;
        Parallel.For(0, 100, _ =>
        {
            try
            {
                budget.Reserve(30, "test");
                Interlocked.Increment(ref granted);
            }
            catch (MemoryBudgetExceededException)
            {
                // The point of the test: some are refused.
            }
        });

        // A refused reservation is counted for a moment, so fewer than 33 may be granted, never more.
        Assert.InRange(granted, 1, 33);
        Assert.Equal(granted * 30, budget.ReservedBytes);
        budget.Release(granted * 30);
        budget.Reserve(1000, "all of it");
        Assert.Throws<MemoryBudgetExceededException>(() => budget.Reserve(1, "one more"));
    }
}
