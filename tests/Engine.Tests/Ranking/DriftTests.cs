using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Sources;
using Ebb.Kernels.Drift;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

/// <summary>DRIFT against plain distances of plain sums in double.</summary>
public sealed class DriftTests
{
    private const string User = "u1";

    private static readonly RecommendQuery Ten = new() { Count = 10, NowMs = NowMs };
    private static readonly float[] Weights = [.. Enumerable.Range(1, Dimension).Select(d => d / 136f)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drift_AllDistances_AreThoseInDouble(bool raw)
    {
        await using InterestEngine engine = await OpenAsync(Policy());
        await engine.ObserveAsync([Click(User, 1, NowMs - (2 * DayMs)), Click(User, 2, NowMs - DayMs)]);
        double[] reference = Interest(NowMs, (1, NowMs - (2 * DayMs)), (2, NowMs - DayMs));
        await engine.RecommendAsync(User, Ten);
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        long later = NowMs + (DayMs / 2);
        double[] now = Interest(later, (1, NowMs - (2 * DayMs)), (2, NowMs - DayMs), (3, NowMs));
        DriftReply drift = await engine.DriftAsync(User, raw, later);
        (double[] a, double[] b) = raw ? (now, reference) : (Direction(now), Direction(reference));
        double weighted = Enumerable.Range(0, Dimension).Sum(d => Weights[d] * (a[d] - b[d]) * (a[d] - b[d]));
        Assert.Equal(1 - Dot(Direction(now), Direction(reference)), drift.Cosine, 1e-5);
        Assert.Equal(Math.Sqrt(a.Zip(b).Sum(x => (x.First - x.Second) * (x.First - x.Second))), drift.Euclidean, 1e-5);
        Assert.Equal(Math.Sqrt(weighted), drift.Attention, 1e-5);
        Assert.Equal(weighted, drift.AttentionSquared, 1e-5);
        double byPolicy = Math.Sqrt(Enumerable.Range(0, Dimension).Sum(
            d => Weights[d] * Math.Pow(Direction(now)[d] - Direction(reference)[d], 2)));
        Assert.Equal(byPolicy, drift.Drift, 1e-5);
        Assert.Equal((true, true, raw, false), (drift.Known, drift.HasList, drift.IsRaw, drift.IsProjected));
    }

    [Fact]
    public async Task Drift_WithoutList_HasNoDistances()
    {
        await using InterestEngine engine = await OpenAsync(Policy());
        DriftReply stranger = await engine.DriftAsync("nobody");
        await engine.ObserveAsync([Click(User, 1, NowMs)]);
        DriftReply known = await engine.DriftAsync(User);
        Assert.Equal((false, false, true), (stranger.Known, stranger.HasList, double.IsNaN(stranger.Cosine)));
        Assert.Equal((true, false, true), (known.Known, known.HasList, double.IsNaN(known.Drift)));
        Assert.False(known.IsAlarmed);
    }

    [Fact]
    public async Task Drift_GivenProjection_IsOfTheProjectedVectors()
    {
        float[][] rows = [[.. Items(1)[0].Vector.Span], [.. Items(2)[1].Vector.Span]];
        await using InterestEngine engine = await OpenAsync(
            ExactPolicy with { Projection = new ProjectionPolicy { Rows = rows } });
        DriftReply drift = await MoveAsync(engine);
        double[] now = Project(rows, Interest(NowMs, (1, NowMs - DayMs), (3, NowMs)));
        double[] reference = Project(rows, Interest(NowMs, (1, NowMs - DayMs)));
        Assert.Equal(1 - Dot(Direction(now), Direction(reference)), drift.Drift, 1e-5);
        Assert.True(drift.IsProjected);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(5, false)]
    public async Task Drift_PrincipalComponents_AreThoseOfTheCatalogue(int count, bool isOpenedEmpty)
    {
        ServingPolicy policy = ExactPolicy with { Projection = new ProjectionPolicy { Components = count } };
        await using InterestEngine engine = await OpenAsync(isOpenedEmpty ? policy : ExactPolicy);
        engine.SetPolicy(policy);
        DriftReply drift = await MoveAsync(engine);
        double[][] components = PowerIteration(count);
        double[] now = Project(components, Interest(NowMs, (1, NowMs - DayMs), (3, NowMs)));
        double[] reference = Project(components, Interest(NowMs, (1, NowMs - DayMs)));
        Assert.Equal(1 - Dot(Direction(now), Direction(reference)), drift.Cosine, 1e-4);
    }

    [Fact]
    public async Task PutItems_OtherVectorsForAll_ComponentsAreMadeAnew()
    {
        ServingPolicy policy = ExactPolicy with { Projection = new ProjectionPolicy { Components = 3 } };
        await using InterestEngine engine = await OpenAsync(policy);
        await engine.Core.Projections.Settled;
        AssertComponents(engine, PowerIteration(3));

        // Half of the vectors: the components stay. The other half: they are made of all.
        await engine.PutItemsAsync(Items(200, seed: 7)[..100]);
        await engine.Core.Projections.Settled;
        AssertComponents(engine, PowerIteration(3));
        await engine.PutItemsAsync(Items(200, seed: 7)[100..]);
        await engine.Core.Projections.Settled;
        AssertComponents(engine, PowerIteration(3, seed: 7));
    }

    [Fact]
    public async Task SetPolicy_ProjectionThatCannotBe_IsRefused()
    {
        await using InterestEngine engine = await OpenAsync(Policy());
        ProjectionPolicy[] bad =
        [
            new(), new() { Components = Dimension + 1 }, new() { Rows = [[1f, 2f]] },
            new() { Components = 1, Rows = [new float[Dimension]] },
        ];
        Assert.All(bad, projection => Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Projection = projection })));
        ServingPolicy twoWeights = ExactPolicy with
        {
            Projection = new ProjectionPolicy { Components = 3 },
            Drift = new DriftMeasure(DriftDistance.Attention, false, new float[] { 0.5f, 0.5f }),
        };
        Assert.Throws<ArgumentException>(() => engine.SetPolicy(twoWeights));
    }

    [Fact]
    public async Task Alarms_UserAndPopulation_AreInReplyAndStats()
    {
        EngineOptions options = Options(partitionCount: 1) with
        {
            Policy = ExactPolicy with { DriftAlarmFrom = 0.5 },
            DriftAlarm = new DriftAlarmOptions { BlockCount = 4, BaselineBlockCount = 8, Threshold = 4 },
        };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await engine.ObserveAsync([Click(User, 1, NowMs)]);

        // Little by little first, then another direction each time.
        for (int step = 0; step < 40; step++)
        {
            await engine.ActAsync(User, [Click(User, 1 + (step % 2), NowMs)], Ten);
        }

        Assert.Equal(0, engine.GetStats().DriftAlarms);
        for (int step = 0; step < 40; step++)
        {
            await engine.ActAsync("v" + step, [Click("v" + step, 3, NowMs - (9 * DayMs))], Ten);
            await engine.ActAsync("v" + step, [Click("v" + step, Opposite(3), NowMs)], Ten);
        }

        EngineStats stats = engine.GetStats();
        Assert.True(stats.DriftAlarms >= 1);
        Assert.True(stats.DriftUserAlarms >= 40);
        Assert.Equal(80 - 1, stats.DriftsMeasured);
        Assert.Equal(stats.DriftsMeasured, stats.DriftHistogram.Split(' ').Sum(step => long.Parse(step.Split(':')[1])));
        Assert.True((await engine.DriftAsync("v0")).Population.RaisedCount >= 1);
        Assert.False((await engine.DriftAsync("v0")).IsAlarmed);
        await engine.ObserveAsync([Click("v0", 3, NowMs), Click("v0", 3, NowMs), Click("v0", 3, NowMs)]);
        DriftReply moved = await engine.DriftAsync("v0");
        Assert.True(moved.IsAlarmed);
        Assert.InRange(moved.PopulationShare, 0.5, 1);
    }

    [Fact]
    public async Task VectorAtShift_TheFurtherTheLessTheVectorCounts()
    {
        ServingPolicy policy = new()
        {
            KeepBelow = 0,
            ShiftFrom = 0.5,
            DiversityLambda = 1,
            Sources = new SourcePolicy { Vector = 1, VectorAtShift = 0.25, Repeats = 1 },
        };
        await using InterestEngine engine = await OpenAsync(policy);
        await engine.ObserveAsync([Click(User, 1, NowMs - DayMs)]);
        RecommendQuery query = Ten with { Explain = true };
        await engine.RecommendAsync(User, query);
        foreach (int item in new[] { 1, 2, Opposite(1) })
        {
            Recommendation list = (await engine.ActAsync(User, [Click(User, item, NowMs)], query)).Recommendation;
            double shift = Math.Clamp(list.Drift / 0.5, 0, 1);
            ScoreTotals totals = ScoreTotals.Of(list, await PlainAsync(engine, policy, query));
            Assert.Equal(1 - (0.75 * shift), totals.VectorShare, 1e-4);
        }
    }

    private static async Task<Recommendation> PlainAsync(
        InterestEngine engine, ServingPolicy policy, RecommendQuery query)
    {
        // The same list made anew, by a policy under which δ counts for nothing.
        engine.SetPolicy(policy with { Sources = policy.Sources with { VectorAtShift = null } });
        Recommendation plain = await engine.RecommendAsync(User, query with { Count = 200 });
        engine.SetPolicy(policy);
        await engine.RecommendAsync(User, query);
        return plain;
    }

    private static async Task<DriftReply> MoveAsync(InterestEngine engine)
    {
        await engine.ObserveAsync([Click(User, 1, NowMs - DayMs)]);
        await engine.RecommendAsync(User, Ten);
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        return await engine.DriftAsync(User, false, NowMs);
    }

    private static Task<InterestEngine> OpenAsync(ServingPolicy policy) =>
        OpenWithItemsAsync(Options() with { Policy = policy });

    private static ServingPolicy Policy() =>
        ExactPolicy with { Drift = new DriftMeasure(DriftDistance.Attention, false, Weights) };

    private static double[] Interest(long nowMs, params (int Item, long TimeMs)[] events)
    {
        double[] interest = new double[Dimension];
        foreach ((int item, long timeMs) in events)
        {
            ReadOnlySpan<float> vector = Items(200)[item].Vector.Span;
            for (int d = 0; d < Dimension; d++)
            {
                interest[d] += vector[d] * Math.Pow(2, -(nowMs - timeMs) / (double)DayMs);
            }
        }

        return interest;
    }

    private static double[] Direction(double[] vector) => [.. vector.Select(x => x / Math.Sqrt(Dot(vector, vector)))];

    private static double Dot(double[] left, double[] right) => left.Zip(right).Sum(x => x.First * x.Second);

    private static double[] Project(float[][] rows, double[] vector) =>
        Project(rows.Select(row => row.Select(x => (double)x).ToArray()).ToArray(), vector);

    private static double[] Project(double[][] rows, double[] vector) => [.. rows.Select(row => Dot(row, vector))];

    private static int Opposite(int item)
    {
        ItemPut[] items = Items(200);
        double[] own = Interest(0, (item, 0));
        return Enumerable.Range(0, items.Length).MinBy(other => Dot(own, Interest(0, (other, 0))));
    }

    /// <summary>The engine's components in order, whatever their signs.</summary>
    private static void AssertComponents(InterestEngine engine, double[][] expected)
    {
        Projection projection = engine.Core.Policies.Policies[0].Projection!;
        double[][] rows = [.. expected.Select(_ => new double[Dimension])];
        for (int d = 0; d < Dimension; d++)
        {
            float[] unit = new float[Dimension];
            float[] column = new float[expected.Length];
            unit[d] = 1;
            projection.Apply(unit, column);
            for (int row = 0; row < rows.Length; row++)
            {
                rows[row][d] = column[row];
            }
        }

        Assert.All(rows.Zip(expected), pair => Assert.Equal(1, Math.Abs(Dot(pair.First, pair.Second)), 1e-3));
    }

    /// <summary>Principal components another way: the power method with deflation.</summary>
    private static double[][] PowerIteration(int count, int seed = 42)
    {
        ItemPut[] items = Items(200, seed: seed);
        double[] mean = [.. Enumerable.Range(0, Dimension).Select(d => items.Average(item => item.Vector.Span[d]))];
        double[,] covariance = new double[Dimension, Dimension];
        for (int i = 0; i < Dimension; i++)
        {
            for (int j = 0; j < Dimension; j++)
            {
                covariance[i, j] = items.Average(
                    item => (item.Vector.Span[i] - mean[i]) * (item.Vector.Span[j] - mean[j]));
            }
        }

        var components = new double[count][];
        for (int rank = 0; rank < count; rank++)
        {
            double[] vector = Direction([.. Enumerable.Range(0, Dimension).Select(d => Math.Sin(d + rank + 1))]);
            for (int round = 0; round < 20_000; round++)
            {
                vector = Direction(Times(covariance, vector));
            }

            double eigenvalue = Dot(vector, Times(covariance, vector));
            for (int i = 0; i < Dimension * Dimension; i++)
            {
                covariance[i / Dimension, i % Dimension] -= eigenvalue * vector[i / Dimension] * vector[i % Dimension];
            }

            components[rank] = vector;
        }

        return components;
    }

    private static double[] Times(double[,] matrix, double[] vector) =>
    [
        .. Enumerable.Range(0, Dimension).Select(
            row => Enumerable.Range(0, Dimension).Sum(column => matrix[row, column] * vector[column])),
    ];

    /// <summary>How much of the plain vector source is left in a list.</summary>
    private readonly record struct ScoreTotals(double VectorShare)
    {
        public static ScoreTotals Of(Recommendation list, Recommendation plain)
        {
            var plainOf = plain.Items.ToDictionary(item => item.Item, item => item.Sources[0].Amount);
            double[] shares = [.. list.Items.Select(item => item.Sources[0].Amount / (double)plainOf[item.Item])];
            Assert.Equal(shares.Min(), shares.Max(), 1e-3);
            return new ScoreTotals(shares.Average());
        }
    }
}
