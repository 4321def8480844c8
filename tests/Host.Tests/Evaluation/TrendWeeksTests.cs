using Ebb.Evaluation.Studies.Population;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class TrendWeeksTests
{
    private const long WeekMs = 7 * 86_400_000L;

    [Fact]
    public void Weeks_OfBothParts_DoNotMeetAndLieWithinTheirs()
    {
        (string Part, long WeekMs)[] weeks = [.. TrendStudy.Weeks(0, 40 * WeekMs, (49 * WeekMs) + 5)];
        Assert.Equal(
            Enumerable.Range(5, 15).Select(week => week * WeekMs),
            weeks.Where(week => week.Part != "test").Select(week => week.WeekMs));
        Assert.Equal(
            Enumerable.Range(40, 9).Select(week => week * WeekMs),
            weeks.Where(week => week.Part == "test").Select(week => week.WeekMs));
        Assert.DoesNotContain(TrendStudy.Weeks(0, 8 * WeekMs, 9 * WeekMs), week => week.Part != "test");
    }
}
