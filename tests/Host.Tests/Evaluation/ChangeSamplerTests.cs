using Ebb.Engine.Portrait;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Portrait;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Moments of a log: what is before and after them, and the measures beside.</summary>
public sealed class ChangeSamplerTests
{
    private const long DayMs = 86_400_000;

    private static readonly PortraitOptions Options =
        new(new EvaluationOptions { Dataset = DatasetKind.PlainCsv, DataPath = "none" })
        {
            Rule = new FeatureRule { Window = TimeSpan.FromDays(7), RememberedEvents = 6 },
            HistoryMin = 4,
        };

    [Fact]
    public void Of_RandomUsers_LooksBackForFeaturesAndAheadForTheLabelAlone()
    {
        var random = new Random(42);
        int found = 0;
        for (int user = 0; user < 40; user++)
        {
            PastAct[] acts =
            [
                .. Enumerable.Range(0, 60).Select(_ => new PastAct(
                    random.NextInt64(90 * DayMs), 1 + random.Next(2), (uint)random.Next(4), (uint)random.Next(30)))
                    .OrderBy(act => act.TimeMs),
            ];
            foreach (ChangeMoment moment in new ChangeSampler(Options).Of(user, acts, 90 * DayMs))
            {
                found++;
                PastAct[] past = [.. acts.Where(act => act.TimeMs <= moment.TimeMs).Reverse().Take(6)];
                PastAct[] ahead =
                [
                    .. acts.Where(act => act.TimeMs > moment.TimeMs && act.TimeMs <= moment.TimeMs + (7 * DayMs)),
                ];
                Assert.True(moment.TimeMs + (7 * DayMs) <= 90 * DayMs);
                Assert.Equal(
                    new FeatureMeter().Measure(past, moment.TimeMs, Options.Rule).ToArray(), moment.Features);
                Assert.Equal(
                    Top(past, act => Math.Pow(2, -(moment.TimeMs - act.TimeMs) / (30.0 * DayMs)))
                        != Top(ahead, _ => 1),
                    moment.Changed);
            }
        }

        Assert.InRange(found, 200, 40 * 13);
    }

    [Fact]
    public void Of_AWindowThatIsNotOver_IsNone()
    {
        PastAct[] acts = [.. Enumerable.Range(0, 60).Select(day => new PastAct(day * DayMs, 1, 1, 1))];

        long last = new ChangeSampler(Options).Of(3, acts, 40 * DayMs).Max(moment => moment.TimeMs);

        Assert.InRange(last, 26 * DayMs, 33 * DayMs);
    }

    [Fact]
    public void Of_TheDriftLabel_IsTheDistanceOfCategoryWeights()
    {
        // Four of category 1, then a window of one and two: the cosine is 1/√5.
        PastAct[] acts =
        [
            .. Enumerable.Range(0, 4).Select(at => new PastAct(-1000 + at, 1, 1, 1)),
            new(DayMs, 1, 1, 1), new(DayMs, 2, 2, 1), new(DayMs + 1, 0.0001f, 2, 1),
        ];
        double distance = 1 - (1 / Math.Sqrt(5));
        bool At(double from) => new ChangeSampler(Options with { Label = new ChangeLabel { DriftFrom = from } })
            .Of(0, acts, 20 * DayMs).Single().Changed;

        Assert.True(At(distance - 0.01));
        Assert.False(At(distance + 0.01));
    }

    [Fact]
    public void Train_Moments_LeavesWhatReachesOverTheSplitInNeitherPart()
    {
        ChangeMoment[] moments = [.. Enumerable.Range(0, 400).Select(at => new ChangeMoment(
            at, at * DayMs, [.. Enumerable.Repeat((double)(at % 2), BehaviourFeatures.Count)],
            at % 2 == 0))];

        PortraitReport report = PortraitRunner.Train(Options with { TrainShare = 0.5 }, moments);

        Assert.Equal(199 * DayMs, report.SplitMs);
        Assert.Equal((193, 201, 6),
            (report.Tree.Quality!.TrainCount, report.Tree.Quality.TestCount, report.DroppedCount));
        Assert.Equal((1.0, 1.0), (report.Tree.Quality.Auc, report.Tree.Quality.Accuracy));
    }

    [Fact]
    public void Auc_OfRandomScores_IsTheShareOfPairsInOrder()
    {
        var random = new Random(42);
        (double Told, bool Came)[] scores =
            [.. Enumerable.Range(0, 200).Select(_ => ((double)random.Next(12), random.Next(3) == 0))];
        double wins = 0;
        int pairs = 0;
        foreach ((double up, bool _) in scores.Where(score => score.Came))
        {
            foreach ((double down, bool _) in scores.Where(score => !score.Came))
            {
                pairs++;
                wins += up > down ? 1 : up == down ? 0.5 : 0;
            }
        }

        Assert.Equal(wins / pairs, BinaryScores.Auc(scores).Auc, 1e-12);
        Assert.Equal((0.5, 0.0), BinaryScores.Auc([(0.3, true)]));
    }

    private static uint Top(PastAct[] acts, Func<PastAct, double> decay) => acts.Where(act => act.Category != 0)
        .GroupBy(act => act.Category).OrderByDescending(group => group.Sum(act => act.Weight * decay(act)))
        .ThenBy(group => group.Key).First().Key;
}
