using Ebb.Engine;
using Ebb.Evaluation.Datasets;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>Row counts of the real sets, as their README states them.</summary>
public sealed class RealDataReadTests
{
    [Fact]
    public void Read_OnlineRetail_AccountsForEveryRow()
    {
        BehaviourLog log = DatasetReader.Read(DatasetKind.OnlineRetail, SharedData.Folder("online-retail"));

        Assert.Equal(0, log.BadRowCount);
        Assert.Equal(135_080, log.Dropped["no customer"]);
        Assert.Equal(541_909, log.Rows.Count + log.Dropped.Values.Sum());
        Assert.Contains("WHITE HANGING HEART T-LIGHT HOLDER", log.ItemTitles);
    }

    [Fact]
    public void Read_MovieLens_HasEveryRating()
    {
        BehaviourLog log = DatasetReader.Read(DatasetKind.MovieLens, SharedData.Folder("ml-100k"));

        Assert.Equal((100_000, 943, 1682, 0), (log.Rows.Count, log.Users.Count, log.Items.Count, log.BadRowCount));
    }

    [Fact]
    public void Read_Yoochoose_HasBothParts()
    {
        BehaviourLog log = DatasetReader.Read(DatasetKind.Yoochoose, SharedData.Folder("yoochoose-100k"));

        Assert.Equal(70_278, log.Rows.Count(row => !row.TestPart));
        Assert.Equal(13_568, log.Rows.Count(row => row.TestPart));
        Assert.Equal(0, log.BadRowCount);
    }

    [Fact]
    public void Read_Otto_HasEachEventType()
    {
        BehaviourLog log = DatasetReader.Read(DatasetKind.Otto, SharedData.Folder("otto-fixture"));

        Assert.Equal((862, 20, 0), (log.Rows.Count, log.Users.Count, log.BadRowCount));
        Assert.Equal(
            [EventTypes.Click, EventTypes.Cart, EventTypes.Purchase],
            log.Rows.Select(row => row.Type).Distinct().Order());
    }
}
