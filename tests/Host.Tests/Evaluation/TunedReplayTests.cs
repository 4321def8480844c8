using System.Globalization;
using System.Text;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Experiments;
using Ebb.Evaluation.Studies.Shop;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Tastes that turn, and what a tuner makes of them.</summary>
public sealed class TunedReplayTests : IDisposable
{
    private const double DayMs = 86_400_000;
    private const int ItemCount = 60;
    private const int UserCount = 12;
    private const int DayCount = 40;
    private const long StartSeconds = 1_700_006_400;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(9, 10, 0, 0)]
    [InlineData(10, 10, 0, 1)]
    [InlineData(99, 10, 0, 1)]
    [InlineData(14, 10, 5, 1)]
    [InlineData(15, 10, 5, 2)]
    [InlineData(20, 10, 5, 3)]
    public void Turns_OnceOrAgain_IsCountedFromTheDayOfTheChange(int day, int changeDay, int turnDays, int turns) =>
        Assert.Equal(turns, TurningTastes.Turns(day, changeDay, turnDays));

    [Fact]
    public void Visits_BeforeTheChange_AreThePlainSumsOfTheLog()
    {
        (ReplayData data, EvaluationOptions options) = Load();
        var tastes = new TurningTastes(data, options, 0.5, 0, CancellationToken.None);
        float[][] vectors = GraphStudy.GivenVectors(data);

        Assert.InRange(tastes.ChangeDay, 15, 25);
        int asked = 0;
        foreach (ReplayedVisit visit in tastes.Visits.Where(visit => visit.Day < tastes.ChangeDay))
        {
            BehaviourRow[] own = [.. data.Split.Rows.Where(row => row.User == visit.User)];
            long nowMs = own.First(row => DayOf(row) == visit.Day).TimeMs;
            int[] truth = [.. own.Where(row => row.TimeMs == nowMs).Select(Index).Distinct()];
            for (int at = 0; at < TurningTastes.HalfLives.Length; at++)
            {
                double[] interest = new double[vectors[0].Length];
                foreach (BehaviourRow row in own.Where(row => row.TimeMs < nowMs))
                {
                    double ageDays = (nowMs - row.TimeMs) / DayMs;
                    PlainInterest.Add(
                        interest, vectors[Index(row)], Math.Pow(2, -ageDays / TurningTastes.HalfLives[at]));
                }

                int[] list = PlainInterest.Top(interest, vectors, ReplayedDays.ListLength);
                Assert.Equal(truth.Count(list.Contains), visit.Hits[at]);
            }

            asked++;
        }

        Assert.InRange(asked, UserCount, UserCount * DayCount);
        int Index(BehaviourRow row) => data.Split.Catalogue.IndexOf(row.Item);
    }

    [Fact]
    public void Visits_FromTheChangeOn_AreOfAnotherTaste()
    {
        (ReplayData data, EvaluationOptions options) = Load();
        var turned = new TurningTastes(data, options, 0.5, 0, CancellationToken.None);
        var stays = new TurningTastes(data, options, 1, 0, CancellationToken.None);

        // Everybody does the three items of their own again and again: what has turned is not in old lists.
        int at = TurningTastes.HalfLives.Length - 1;
        double Mean(TurningTastes tastes) => tastes.Visits
            .Where(visit => visit.Day == turned.ChangeDay + 1).Average(visit => visit.Hits[at]);
        Assert.True(Mean(turned) < Mean(stays));
        Assert.Equal(stays.Visits.Length, turned.Visits.Length);
    }

    [Fact]
    public void BuyingAgain_BeginsOrEnds_RepeatsAreHitOnThatSideAlone()
    {
        (ReplayData data, EvaluationOptions options) = Load();
        var begins = new BuyingAgain(data, options, 0.5, true, CancellationToken.None);
        var ends = new BuyingAgain(data, options, 0.5, false, CancellationToken.None);

        // The heaviest weight lists what was done before, and three items are done a day: all or none of them.
        int at = BuyingAgain.Weights.Length - 1;
        Assert.All(ends.Visits.Where(visit => visit.Day < ends.ChangeDay), visit => Assert.Equal(3, visit.Hits[at]));
        IEnumerable<ReplayedVisit> newAlone = begins.Visits.Where(visit => visit.Day is > 0 and < 4);
        Assert.True(newAlone.Average(visit => visit.Hits[at]) < newAlone.Average(visit => visit.Hits[0]) + 1);
        Assert.True(newAlone.Average(visit => visit.Hits[at]) < 3);
        Assert.Equal(begins.ChangeDay, ends.ChangeDay);
    }

    [Fact]
    public void Run_TheBestHalfLifeFalls_TheTunerFollowsAndLosesLess()
    {
        // Four hits of twenty with the best one, one fewer for each step away from it.
        var random = new Random(42);
        ReplayedVisit[] visits =
        [
            .. Enumerable.Range(0, 200).SelectMany(day => Enumerable.Range(0, 150).Select(_ => new ReplayedVisit(
                random.Next(3000), day,
                [.. Enumerable.Range(0, 5).Select(at =>
                    Math.Max(0, 4 - Math.Abs(at - (day < 60 ? 4 : 1)) + random.Next(-1, 2)))]))),
        ];
        var replay = new TunedReplay(visits, 60, [1, 2, 4, 8, 16]);
        Assert.Equal((4, 1), (replay.Start, replay.Best));

        TunedRun run = replay.Run(new Random(42), Half(), lateDay: 170);
        Assert.Equal(2, run.Value);
        Assert.Equal(3, run.Adopted);
        Assert.InRange(run.Before, 0, 30);
        Assert.True(run.After < replay.LostUntuned(60) / 2);
        Assert.True(run.Late < replay.LostUntuned(170) / 2);
    }

    [Fact]
    public void Run_AllHalfLivesAlike_NothingIsLostAndNothingTaken()
    {
        var random = new Random(42);
        ReplayedVisit[] visits =
        [
            .. Enumerable.Range(0, 60).SelectMany(day => Enumerable.Range(0, 100).Select(_ =>
            {
                int hits = random.Next(4);
                return new ReplayedVisit(random.Next(1000), day, [hits, hits, hits]);
            })),
        ];
        var replay = new TunedReplay(visits, 30, [1, 2, 4]);
        TunedRun run = replay.Run(new Random(1), Half(), lateDay: 50);
        Assert.Equal(0, replay.LostUntuned(30));
        Assert.Equal((0, 0, 0), (run.Before, run.After, run.Late));
    }

    private static Tuner Half() => new("served", [new TunedParameter("half_life", 1, 16, 2)])
    {
        Share = 0.5,
        MinimumEffect = 0.01,
        UsersMin = 100,
        UsersMax = 3000,
    };

    private static int DayOf(BehaviourRow row) => (int)(((row.TimeMs / 1000) - StartSeconds) / 86_400);

    private (ReplayData Data, EvaluationOptions Options) Load()
    {
        const int dimension = 8;
        var random = new Random(42);
        float[] values = [.. Enumerable.Range(0, ItemCount * dimension).Select(_ => (float)random.NextDouble() - 0.5f)];
        NpyWriter.Write(_folder.File("v.npy"), values, dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int day = 0; day < DayCount; day++)
        {
            // The first user is there on the first day at midnight: days are counted from it.
            for (int user = 0; user < UserCount; user++)
            {
                for (int item = 0; item < 3; item++)
                {
                    events.Append(
                        CultureInfo.InvariantCulture,
                        $"u{user},i{((user * 3) + item) % ItemCount},view,{StartSeconds + (day * 86_400) + user}\n");
                }
            }
        }

        _folder.Write("events.csv", events.ToString());
        var options = new EvaluationOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.Path,
            Split = SplitRule.FromTime((StartSeconds + (35 * 86_400)) * 1000),
        };
        return (ReplayData.Load(options, null), options);
    }
}
