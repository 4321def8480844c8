using Ebb.Server.Prove;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>What the soak calls a slope.</summary>
public sealed class SoakVerdictTests
{
    private const int MinuteCount = 30;

    [Fact]
    public void Judge_NoiseAroundALevel_Holds()
    {
        var random = new Random(42);
        SoakMinute[] minutes =
        [
            .. Enumerable.Range(0, MinuteCount).Select(_ => new SoakMinute(
                1 + random.NextDouble(), 5 + (5 * random.NextDouble()), 100 + random.Next(30), 150 + random.Next(5),
                200 + random.Next(3), 300 + random.Next(40))),
        ];
        Assert.Equal(ProveVerdict.Pass, SoakChecks.Judge(minutes).Verdict);
    }

    [Fact]
    public void Judge_FirstMinutesWarmUpAndThreeDisturbed_Holds()
    {
        SoakMinute[] minutes = [.. Enumerable.Range(0, MinuteCount).Select(minute => Level())];
        minutes[0] = minutes[0] with { MemoryMiB = 20, Handles = 10 };
        minutes[27] = minutes[28] = minutes[29] = Level() with { P99Ms = 900, CpuUs = 4000 };
        Assert.Equal(ProveVerdict.Pass, SoakChecks.Judge(minutes).Verdict);
    }

    [Fact]
    public void Judge_OneThingGrows_Fails()
    {
        Func<double, SoakMinute>[] growing =
        [
            by => Level() with { P50Ms = 1 + by }, by => Level() with { P99Ms = 5 + (3 * by) },
            by => Level() with { CpuUs = 100 + (50 * by) }, by => Level() with { MemoryMiB = 150 + (15 * by) },
            by => Level() with { Handles = 200 + (20 * by) }, by => Level() with { DiskMiB = 300 + (100 * by) },
        ];
        foreach (Func<double, SoakMinute> of in growing)
        {
            SoakMinute[] minutes = [.. Enumerable.Range(0, MinuteCount).Select(minute => of(minute / 20.0))];
            Assert.Equal(ProveVerdict.Fail, SoakChecks.Judge(minutes).Verdict);
        }
    }

    private static SoakMinute Level() => new(1, 5, 100, 150, 200, 300);
}
