using Ebb.Engine;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Split rules and baselines on logs small enough to work out by hand.</summary>
public sealed class SplitAndRankerTests
{
    private const long DayMs = 86_400_000;

    private static readonly long October =
        new DateTimeOffset(2011, 10, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Fact]
    public void Build_EqualTimes_StayInFileOrder()
    {
        BehaviourLog log = Log(DatasetKind.PlainCsv, Row(0, 0, 5), Row(0, 1, 3), Row(0, 2, 5), Row(0, 3, 3));

        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.LastActs(1), 300, null);

        Assert.Equal([1, 3, 0, 2], split.Rows.Select(row => row.Item));
        Assert.Equal(3, Assert.Single(split.Queries).HistoryEnd);
    }

    [Fact]
    public void Build_OnlineRetail_AsksOnceAnInvoiceFromOctober()
    {
        BehaviourLog log = Log(
            DatasetKind.OnlineRetail,
            Row(0, 0, October - 2) with { Basket = 0 },
            Row(0, 1, October - 1) with { Basket = 1, Type = EventTypes.Return },
            Row(0, 2, October) with { Basket = 2 },
            Row(0, 0, October) with { Basket = 2 },
            Row(0, 2, October) with { Basket = 2 },
            Row(0, 3, October) with { Basket = 3 },
            Row(1, 3, October) with { Basket = 4 });

        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.Protocol, 300, null);

        Assert.Equal(2, split.Queries.Length);
        Assert.Equal([-1, 0], split.Queries[0].SeenTruth);
        Assert.Equal((0, 0, 1), Ends(split.Queries[0]));
        Assert.Equal((0, 0, 4), Ends(split.Queries[1]));
        Assert.Equal(1, split.QueriesWithoutHistory);
        Assert.Equal([true, false, false, false, false, false], split.Training);
    }

    [Fact]
    public void Build_MovieLens_AsksTheLastFiveRows()
    {
        BehaviourLog log = Log(DatasetKind.MovieLens, [.. Enumerable.Range(0, 7).Select(item => Row(0, item, item))]);

        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.Protocol, 300, null);

        Assert.Equal([2, 3, 4, 5, 6], split.Queries.Select(query => query.HistoryEnd));
        Assert.All(split.Queries, query => Assert.Equal(-1, Assert.Single(query.SeenTruth)));
    }

    [Fact]
    public void Build_Yoochoose_AsksTestRowsWithSomethingBefore()
    {
        BehaviourLog log = Log(
            DatasetKind.Yoochoose, Row(0, 0, 1), Row(0, 1, 2),
            Row(1, 0, 1) with { TestPart = true }, Row(1, 1, 2) with { TestPart = true });

        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.Protocol, 300, null);

        Assert.Equal(1, split.Catalogue.IndexOf(Assert.Single(split.Queries).Truth[0]));
        Assert.Equal([true, true, false, false], split.Training);
        Assert.Equal(1, split.QueriesWithoutHistory);
    }

    [Fact]
    public void Build_FromTime_AsksFromThatMoment()
    {
        BehaviourLog log = Log(DatasetKind.Otto, Row(0, 0, 1), Row(0, 1, 10), Row(0, 2, 11));

        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.FromTime(10), 300, null);

        Assert.Equal([1, 2], split.Queries.Select(query => query.HistoryEnd));
    }

    [Theory]
    [InlineData(2, 4, true)]
    [InlineData(6, 0, false)]
    [InlineData(0, 0, false)]
    public void Build_HistoryCap_KeepsTheLastEvents(int cap, int historyStart, bool capped)
    {
        BehaviourLog log = Log(DatasetKind.PlainCsv, [.. Enumerable.Range(0, 7).Select(item => Row(0, item, item))]);

        ReplayQuery query = Assert.Single(EvaluationSplit.Build(log, SplitRule.LastActs(1), cap, null).Queries);

        Assert.Equal((historyStart, capped), (query.HistoryStart, query.Capped));
    }

    [Fact]
    public void Catalogue_Order_IsTrainingCountThenIdsFile()
    {
        var vectors = new ItemVectors(["i3", "i1", "i9", "i0"], new float[8], 2);
        BehaviourLog log = Log(
            DatasetKind.PlainCsv, Row(0, 0, 1), Row(0, 1, 2), Row(0, 1, 3), Row(0, 2, 4), Row(0, 3, 5));

        EvaluationCatalogue catalogue = EvaluationSplit.Build(log, SplitRule.LastActs(1), 300, vectors).Catalogue;

        Assert.Equal(["i1", "i0", "i3", "i9"], catalogue.Ids);
        Assert.Equal([2, 1, 0, 0], catalogue.TrainingCounts);
        Assert.Equal([1, 3, 0, 2], catalogue.VectorRows);
        Assert.Equal(-1, catalogue.IndexOf(2));
    }

    [Fact]
    public void RecentPopularity_Window_TakesRowsFromItsStartToJustBeforeTheQuery()
    {
        BehaviourLog log = Log(
            DatasetKind.PlainCsv,
            Row(0, 0, 0), Row(1, 0, 1), Row(2, 0, 2), Row(3, 1, DayMs), Row(4, 1, DayMs + 1), Row(5, 2, DayMs + 2),
            Row(6, 3, DayMs + 2), Row(7, 3, DayMs + 2), Row(8, 0, 0), Row(8, 0, DayMs + 2));
        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.FromTime(DayMs + 2), 300, null);
        var ranker = new RecentPopularityRanker(split, TimeSpan.FromDays(1));
        int[] top = new int[4];

        ranker.Rank(Assert.Single(split.Queries), new HashSet<int>(), top);

        // In [2, DayMs + 2): item 1 twice, item 0 once; then by popularity in training.
        Assert.Equal(["i1", "i0"], top.Take(2).Select(item => split.Catalogue.Ids[item]));
        Assert.Equal(4, top.Distinct().Count());
    }

    [Fact]
    public void Transition_LastItem_RanksItsFollowersThenThePopular()
    {
        BehaviourLog log = Log(
            DatasetKind.Yoochoose,
            Row(0, 0, 1), Row(0, 1, 2), Row(1, 0, 1), Row(1, 2, 2), Row(2, 0, 1), Row(2, 2, 2), Row(2, 3, 3),
            Row(3, 0, 1) with { TestPart = true }, Row(3, 1, 2) with { TestPart = true });
        EvaluationSplit split = EvaluationSplit.Build(log, SplitRule.Protocol, 300, null);
        int[] top = new int[3];

        new TransitionRanker(split).Rank(Assert.Single(split.Queries), new HashSet<int>(), top);
        Assert.Equal(["i2", "i1", "i0"], top.Select(item => split.Catalogue.Ids[item]));

        int excluded = split.Catalogue.IndexOf(2);
        int count = new TransitionRanker(split).Rank(split.Queries[0], new HashSet<int> { excluded }, top);
        Assert.Equal(["i1", "i0", "i3"], top.Take(count).Select(item => split.Catalogue.Ids[item]));
    }

    private static (int UserStart, int Start, int End) Ends(ReplayQuery query) =>
        (query.UserStart, query.HistoryStart, query.HistoryEnd);

    private static BehaviourRow Row(int user, int item, long timeMs) => new(user, item, EventTypes.View, timeMs);

    private static BehaviourLog Log(DatasetKind kind, params BehaviourRow[] rows)
    {
        string[] users = [.. Enumerable.Range(0, rows.Max(row => row.User) + 1).Select(user => "u" + user)];
        string[] items = [.. Enumerable.Range(0, rows.Max(row => row.Item) + 1).Select(item => "i" + item)];
        return new BehaviourLog(kind, rows, users, items, new string?[items.Length]);
    }
}
