using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class FitRunnerTests : IDisposable
{
    private const int ItemCount = 60;
    private const int Dimension = 8;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_NextFollowsFromTheLastItem_FindsTransitions()
    {
        // After item i comes i+7, whatever came before: vectors and popularity are noise.
        WriteWalks(item => (item + 7) % ItemCount);
        FitReport report = await FitAsync();
        Assert.True(report.Model.Sources.Transitions > 0, report.Model.Describe());
        Assert.True(report.Recall20.Mean > 0.99, $"{report.Recall20}");
        Assert.Contains(report.Model.HalfLife, report.Sweep.Select(point => point.HalfLife));
        Assert.False(report.Model.Sources.LearnAll);

        ReplayReport served = await ReplayRunner.RunAsync(Replay() with
        {
            HalfLives = [report.Model.HalfLife],
            Sources = report.Model.Sources,
        });
        Assert.True(served.Methods[^1].Recall20.Mean > 0.99, $"{served.Methods[^1]}");
    }

    [Fact]
    public async Task Run_TestPartIsOtherwise_FitDoesNotLookAtIt()
    {
        WriteWalks(item => (item + 7) % ItemCount);
        FitReport first = await FitAsync();
        string[] lines = File.ReadAllLines(_folder.File("events.csv"));
        _folder.Write("events.csv", string.Concat(lines.Select((line, index) =>
            index > 0 && index % 12 == 0 ? line.Replace(",i", ",i1", StringComparison.Ordinal) + "\n" : line + "\n")));
        FitReport second = await FitAsync();
        Assert.Equal(first.Sweep.Select(point => point.Recall20), second.Sweep.Select(point => point.Recall20));
        Assert.Equal(first.Model.Sources, second.Model.Sources);
        Assert.Equal(first.Model.HalfLife, second.Model.HalfLife);
    }

    [Fact]
    public async Task WritePolicy_Fitted_IsReadBack()
    {
        WriteWalks(item => (item + 1) % ItemCount);
        FitReport report = await FitAsync();
        string json = FittedDocuments.WritePolicy(report.Model);
        Assert.Equal(report.Model.Sources, PolicyDocument.Read(json).Policies[0].Policy.Sources);
        Assert.True(SourceText.TryParse(
            SourceText.Format(report.Model.Sources), out SourcePolicy read, out string problem), problem);
        Assert.Equal(report.Model.Sources, read);
        Assert.Equal(
            report.Sweep.Count,
            XDocument.Parse(SweepPlot.ToSvg(report)).Descendants().Count(node => node.Name.LocalName == "circle"));
    }

    [Fact]
    public async Task Run_WhatWasFitted_IsInThePolicyThatIsWritten()
    {
        WriteWalks(item => (item + 7) % ItemCount);
        FitReport report = await FitAsync();
        ServingPolicy policy = PolicyDocument.Read(FittedDocuments.WritePolicy(report.Served)).Policies[0].Policy;

        Assert.Equal(report.Keeps.Count, report.Keeps.Select(keep => keep.Epsilon).Distinct().Count());
        Assert.Contains(policy.KeepBelow, report.Keeps.Select(keep => keep.Epsilon));
        Assert.Equal(report.Served.Lists!.KeepBelow, policy.KeepBelow);
        Assert.Equal(report.Served.Lists.Attention, policy.Attention);
        Assert.Equal(report.Calibration is null, policy.Calibration is null);
        Assert.Equal(report.Calibration?.Calibration.Platt, policy.Calibration?.Platt);
        Assert.Equal(report.Calibration?.Calibration.Points ?? [], policy.Calibration?.Points ?? []);
        Assert.All(report.Calibration is { } found ? [found] : Array.Empty<CalibrationTrial>(),
            found => Assert.True(found.Brier < found.BrierOfMean));
    }

    [Fact]
    public async Task Run_GivenVectorsAreNoise_NothingIsLearnedByDimension()
    {
        WriteWalks(item => (item + 7) % ItemCount);
        FitReport report = await FitAsync();
        Assert.False(report.Axes.Holds, $"{report.Axes}");
        Assert.Null(report.Rates);
        Assert.Null(report.Attention);
    }

    [Fact]
    public async Task Run_GivenVectorsAreOfTheLog_DimensionsAreTried()
    {
        WriteWalks(item => (item + 7) % ItemCount);
        VectorsRunner.Run(new VectorsOptions(Replay(), _folder.File("v.npy"), _folder.File("items_ids.txt"))
        {
            Dimension = Dimension,
        });
        FitReport report = await FitAsync(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        Assert.True(report.Axes.Holds, $"{report.Axes}");
        Assert.NotNull(report.Rates);
        Assert.NotNull(report.Attention);
    }

    [Fact]
    public void Rising_PointsOfSteps_AreServedBetweenTheirMeans()
    {
        double[] scores = [1, 2, 3, 4, 5, 6, 7, 8];
        bool[] hits = [false, false, true, false, true, true, false, true];
        Ebb.Engine.Ranking.Calibration calibration = CalibrationSearch.Rising(scores, hits);

        // Steps {1, 2}: 0, {3, 4}: 1/2, {5, 6, 7}: 2/3, {8}: 1.
        Assert.Equal([(1.5, 0), (3.5, 0.5), (6.0, 2.0 / 3), (8.0, 1)], calibration.Points);
        Assert.Equal(0.25, calibration.ProbabilityOf(2.5), 1e-12);
    }

    [Theory]
    [InlineData(0.004, 0.001, 0.1)]
    [InlineData(0.004, 0.003, 0.01)]
    [InlineData(0.1, 0.001, 0.01)]
    public void Choose_KeepTrials_TakesTheLargestThatCostsAHundredth(double loss, double error, double expected)
    {
        KeepTrial[] trials =
        [
            new(0, 0, new MetricEstimate(0.6, 0.01), default),
            new(0.01, 0.2, new MetricEstimate(0.6, 0.01), new MetricEstimate(0, 0.001)),
            new(0.1, 0.4, new MetricEstimate(0.6 - loss, 0.01), new MetricEstimate(-loss, error)),
            new(0.3, 0.6, new MetricEstimate(0.5, 0.01), new MetricEstimate(-0.1, 0.001)),
        ];
        Assert.Equal(expected, KeepSearch.Choose(trials));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WriteDocuments_CurveAndBank_AreTakenByAServer(bool gaussian)
    {
        ForgettingCurve curve = gaussian
            ? new GaussianCurve(TimeSpan.FromHours(3))
            : new PowerCurve(TimeSpan.FromMinutes(15), 2);
        var model = new ServedModel(TimeSpan.FromHours(1), new SourcePolicy { Popularity = 0.5 })
        {
            HalfLives = [.. HalfLifeAdvisor.Find(curve, 0.05)!],
            Lists = ServedModel.ExactLists with { Curve = curve },
            Memory = new MemorySchema { RecentEventCount = 100, DimensionRates = [0.25, 1, 1, 1, 1, 1, 1, 0.5] },
        };
        PolicySet set = PolicyDocument.Read(FittedDocuments.WritePolicy(model));
        MemorySchema memory = MemorySchemaDocument.Read(FittedDocuments.WriteMemory(model));
        Assert.Equal(curve, set.Policies[0].Policy.Curve);
        Assert.Equal(model.HalfLives, memory.HalfLives);
        Assert.Equal(100, memory.RecentEventCount);
        Assert.Equal(model.Memory.DimensionRates, memory.DimensionRates);
        Assert.True(Assert.Single(PolicyCheck.Run(set, memory, 8)).Fit!.WorstError <= 0.05);
    }

    [Fact]
    public async Task Run_UsersWhoNeverChange_ForgettingIsRefused()
    {
        SteadyUsers.Write(_folder);
        FitReport report = await FitRunner.RunAsync(new FitOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.File("events.csv"),
            HalfLives = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), MemorySchema.Never],
            Split = SplitRule.LastActs(3),
        });
        Assert.Equal(MemorySchema.Never, report.Model.HalfLife);
        Assert.Empty(report.Curves);
        Assert.True(report.Sweep[0].OverNever!.Value.Mean < -0.02, $"{report.Sweep[0]}");
    }

    [Fact]
    public void Of_BestIsNotAboveNeverByAnErrorAndAHundredth_IsNever()
    {
        SweepPoint never = new(MemorySchema.Never, new MetricEstimate(0.29, 0));
        SweepPoint[] sweep =
            [Point(8, 0.1), Point(16, 0.2), Point(32, 0.3), Point(64, 0.25), Point(128, 0.2), never];
        SweepPoint[] Against(double error) =>
        [
            .. sweep.Select(
                point => point with { OverNever = new MetricEstimate(point.Recall20.Mean - 0.29, error) }),
        ];
        Assert.Equal(MemorySchema.Never, SweepPeak.Of(Against(0.0101)));
        Assert.InRange(SweepPeak.Of(Against(0.0099)), TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(45));
        SweepPoint[] sure = [.. sweep.Select(
            point => point with { OverNever = new MetricEstimate(point.Recall20.Mean - 0.298, 0.0001) })];
        Assert.Equal(MemorySchema.Never, SweepPeak.Of(sure));
    }

    [Fact]
    public void Of_FivePoints_AreFittedByLeastSquares()
    {
        // −(x − 5.3)²/40 + 0.3, moved up and down by 0.01 from point to point: three points would follow that.
        SweepPoint[] sweep = [.. Enumerable.Range(3, 5).Select(
            x => Point(1 << x, 0.3 - (Math.Pow(x - 5.3, 2) / 40) + (x % 2 == 0 ? 0.01 : -0.01)))];
        double three = PeakOfThree(sweep[1..4]);
        double peak = Math.Log2(SweepPeak.Of(sweep).TotalSeconds);
        Assert.Equal(5.3, peak, 0.1);
        Assert.True(Math.Abs(peak - 5.3) < Math.Abs(three - 5.3));

        // Never further than the next point, whatever those behind it say.
        SweepPoint[] steep = [Point(8, 0), Point(16, 0.29), Point(32, 0.3), Point(64, 0.299), Point(128, 0.298)];
        Assert.InRange(SweepPeak.Of(steep), TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(64));
    }

    /// <summary>Vertex of the parabola through three points a doubling apart.</summary>
    private static double PeakOfThree(SweepPoint[] points)
    {
        double left = points[0].Recall20.Mean;
        double middle = points[1].Recall20.Mean;
        double right = points[2].Recall20.Mean;
        return Math.Log2(points[1].HalfLife.TotalSeconds)
            + ((left - right) / (2 * (left - (2 * middle) + right)));
    }

    [Fact]
    public void Of_PeakBetweenPoints_IsTakenFromTheParabola()
    {
        SweepPoint[] sweep = [Point(16, 0.2), Point(32, 0.3), Point(64, 0.3), Point(128, 0.2)];
        Assert.InRange(SweepPeak.Of(sweep), TimeSpan.FromSeconds(44), TimeSpan.FromSeconds(47));
        Assert.Equal(TimeSpan.FromSeconds(256), SweepPeak.Of([.. sweep, Point(256, 0.4)]));
        SweepPoint never = new(MemorySchema.Never, new MetricEstimate(0.5, 0));
        Assert.Equal(MemorySchema.Never, SweepPeak.Of([.. sweep, never]));
    }

    private static SweepPoint Point(int seconds, double recall) =>
        new(TimeSpan.FromSeconds(seconds), new MetricEstimate(recall, 0));

    [Theory]
    [InlineData("vector")]
    [InlineData("vector=x")]
    [InlineData("views=1")]
    [InlineData("repeat-half-life=1")]
    public void TryParse_NoBlend_SaysWhichPart(string text)
    {
        Assert.False(SourceText.TryParse(text, out _, out string problem));
        Assert.Contains($"'{text}'", problem);
    }

    private Task<FitReport> FitAsync(params TimeSpan[] halfLives) => FitRunner.RunAsync(new FitOptions
    {
        Dataset = DatasetKind.PlainCsv,
        DataPath = _folder.File("events.csv"),
        HalfLives = halfLives.Length > 0 ? halfLives : [MemorySchema.Never, TimeSpan.FromMinutes(1)],
        QueryCountMax = 25,
    });

    private ReplayOptions Replay() => new()
    {
        Dataset = DatasetKind.PlainCsv,
        DataPath = _folder.File("events.csv"),
    };

    /// <summary>40 users of 12 rows each, ten seconds apart, each walking from a start of its own.</summary>
    private void WriteWalks(Func<int, int> next)
    {
        var random = new Random(42);
        float[] values =
            [.. Enumerable.Range(0, ItemCount * Dimension).Select(_ => (float)(random.NextDouble() - 0.5))];
        NpyWriter.Write(_folder.File("v.npy"), values, Dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < 40; user++)
        {
            int item = random.Next(ItemCount);
            for (int row = 0; row < 12; row++)
            {
                long time = 1_600_000_000 + (user * 1000) + (row * 10);
                events.Append(CultureInfo.InvariantCulture, $"u{user},i{item},view,{time}\n");
                item = next(item);
            }
        }

        _folder.Write("events.csv", events.ToString());
    }
}
