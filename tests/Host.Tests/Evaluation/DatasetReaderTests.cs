using Ebb.Engine;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class DatasetReaderTests : IDisposable
{
    private const string RetailHeader =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OnlineRetail_EachKindOfRow_KeepsDropsOrCounts()
    {
        string path = _folder.Write("online_retail.csv.gz", RetailHeader
            + "536365,85123a,\"LANTERN, \"\"RED\"\"\",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
            + "536365,71053,,2,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n"
            + "C536366,85123A,,-3,2010-12-02 00:00:00,2.55,17850.0,United Kingdom\n"
            + "536367,POST,POSTAGE,1,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
            + "536368,71053,,1,2010-12-01 08:26:00,2.55,,United Kingdom\n"
            + "536369,71053,,0,2010-12-01 08:26:00,2.55,13047.0,United Kingdom\n"
            + "536370,71053,,many,2010-12-01 08:26:00,2.55,13047.0,United Kingdom\n"
            + "536371,71053,,1,some day,2.55,13047.0,United Kingdom\n"
            + "536372,71053\n");

        BehaviourLog log = DatasetReader.Read(DatasetKind.OnlineRetail, path);

        long first = Ms("2010-12-01T08:26:00Z");
        Assert.Equal(
            [
                new BehaviourRow(0, 0, EventTypes.Purchase, first, 6, 0),
                new BehaviourRow(0, 1, EventTypes.Purchase, first, 2, 0),
                new BehaviourRow(0, 0, EventTypes.Return, Ms("2010-12-02T00:00:00Z"), 3, 1),
            ],
            log.Rows);
        Assert.Equal(["17850"], log.Users);
        Assert.Equal(["85123A", "71053"], log.Items);
        Assert.Equal(["LANTERN, \"RED\"", null], log.ItemTitles);
        Assert.Equal(
            new Dictionary<string, int> { ["no product code"] = 1, ["no customer"] = 1, ["quantity not positive"] = 1 },
            log.Dropped);
        Assert.Equal(3, log.BadRowCount);
        Assert.Contains(":8: Quantity 'many' is no number", log.BadRows[0]);
        Assert.Contains(":9: InvoiceDate 'some day'", log.BadRows[1]);
        Assert.Contains(":10: has 2 fields", log.BadRows[2]);
    }

    [Fact]
    public void OnlineRetail_ColumnMissing_NamesIt()
    {
        string path = _folder.Write("online_retail.csv", "InvoiceNo,StockCode\n1,2\n");

        AssertFails(DatasetKind.OnlineRetail, path, "online_retail.csv:1: the header has no column 'Description'");
    }

    [Fact]
    public void MovieLens_GoodAndBadRows_ReadsTheGood()
    {
        _folder.Write("u.data", "196\t242\t3\t881250949\n186\t302\n22\t377\tx\t878887116\n22\t377\t1\t878887116\n");

        BehaviourLog log = DatasetReader.Read(DatasetKind.MovieLens, _folder.Path);

        Assert.Equal(
            [
                new BehaviourRow(0, 0, EventTypes.Rate, 881250949000, 3),
                new BehaviourRow(1, 1, EventTypes.Rate, 878887116000, 1),
            ],
            log.Rows);
        Assert.Equal(2, log.BadRowCount);
        Assert.Contains("u.data:2: has 2 fields", log.BadRows[0]);
        Assert.Contains("u.data:3: rating 'x'", log.BadRows[1]);
    }

    [Fact]
    public void Yoochoose_TwoParts_MarksTheTestPart()
    {
        _folder.Write("clicks_train_full.txt.gz", "SessionId\tItemId\tTime\n3\t7\t1396437466.94\n3\t8\tsoon\n");
        _folder.Write("clicks_test.txt", "SessionId\tItemId\tTime\n1\t7\t1396860669.277\n");

        BehaviourLog log = DatasetReader.Read(DatasetKind.Yoochoose, _folder.Path);

        Assert.Equal((1396437466940, false), (log.Rows[0].TimeMs, log.Rows[0].TestPart));
        Assert.Equal((1396860669277, true), (log.Rows[1].TimeMs, log.Rows[1].TestPart));
        Assert.Equal(["3", "1"], log.Users);
        Assert.Contains("clicks_train_full.txt.gz:3: Time 'soon'", Assert.Single(log.BadRows));
    }

    [Fact]
    public void Yoochoose_OtherHeader_IsRefused()
    {
        string path = _folder.Write("train.txt", "a\tb\tc\n1\t2\t3\n");

        AssertFails(DatasetKind.Yoochoose, path, "train.txt:1: the header must start with SessionId");
    }

    [Fact]
    public void Otto_EventsOfEachType_AndBadOnes()
    {
        _folder.Write(
            "train.jsonl",
            """
            {"session":12,"events":[{"aid":1,"ts":9025,"type":"clicks"},{"aid":2,"ts":9026,"type":"carts"}]}
            {"session":13,"events":[{"aid":1,"ts":1659304800027,"type":"orders"},{"aid":1,"ts":"x","type":"orders"}]}
            {"session":14}
            {"session":15,
            """);

        BehaviourLog log = DatasetReader.Read(DatasetKind.Otto, _folder.Path);

        Assert.Equal([EventTypes.Click, EventTypes.Cart, EventTypes.Purchase], log.Rows.Select(row => row.Type));
        Assert.Equal(9026, log.Rows[1].TimeMs);
        Assert.Equal(["12", "13"], log.Users);
        Assert.Equal(3, log.BadRowCount);
        Assert.Contains("train.jsonl:2: event 2 has no", log.BadRows[0]);
        Assert.Contains("train.jsonl:3: has no session", log.BadRows[1]);
        Assert.Contains("train.jsonl:4: is no JSON", log.BadRows[2]);
    }

    [Fact]
    public void PlainCsv_TimesTypesAndValues_AreRead()
    {
        string path = _folder.Write(
            "events.csv",
            "user,item,type,time,value\nann,i1,purchase,1700000000,2.5\nann,i2,1,1700000000123\n"
            + "bob,i1,View,2023-11-14T22:13:20Z,\nbob,i1,wink,1700000000\nbob,i1,view,later\nbob,,view,1\n"
            + "bob,i1,view,1,x\nbob\n");

        BehaviourLog log = DatasetReader.Read(DatasetKind.PlainCsv, path);

        Assert.Equal(
            [
                new BehaviourRow(0, 0, EventTypes.Purchase, 1700000000000, 2.5f),
                new BehaviourRow(0, 1, EventTypes.Click, 1700000000123),
                new BehaviourRow(1, 0, EventTypes.View, 1700000000000),
            ],
            log.Rows);
        Assert.Equal(5, log.BadRowCount);
        Assert.Contains("events.csv:5: type 'wink' is not known", log.BadRows[0]);
        Assert.Contains(":6: time 'later'", log.BadRows[1]);
        Assert.Contains(":7: has no user or no item", log.BadRows[2]);
        Assert.Contains(":8: value 'x'", log.BadRows[3]);
        Assert.Contains(":9: has 1 fields", log.BadRows[4]);
    }

    [Fact]
    public void PlainCsv_NoHeader_FirstRowCounts()
    {
        string path = _folder.Write("events.csv", "ann,i1,view,5\n");

        Assert.Equal(5000, Assert.Single(DatasetReader.Read(DatasetKind.PlainCsv, path).Rows).TimeMs);
    }

    [Fact]
    public void Read_NothingButBadRows_NamesTheFirst()
    {
        string path = _folder.Write("events.csv", "a;b;c;d\na;b;c;d\n");

        AssertFails(DatasetKind.PlainCsv, path, "events.csv:1: has 1 fields");
    }

    [Theory]
    [InlineData(DatasetKind.OnlineRetail)]
    [InlineData(DatasetKind.MovieLens)]
    [InlineData(DatasetKind.Yoochoose)]
    [InlineData(DatasetKind.Otto)]
    [InlineData(DatasetKind.PlainCsv)]
    public void Read_NoFile_SaysSoInOneLine(DatasetKind kind)
    {
        AssertFails(kind, _folder.Path, "has no file");
        AssertFails(kind, _folder.File("gone"), "gone: there is no such file.");
    }

    [Theory]
    [InlineData(DatasetKind.OnlineRetail)]
    [InlineData(DatasetKind.MovieLens)]
    [InlineData(DatasetKind.PlainCsv)]
    public void Read_BrokenGzip_NamesFile(DatasetKind kind)
    {
        string path = _folder.File("broken.csv.gz");
        File.WriteAllText(path, "this is no gzip");

        AssertFails(kind, path, "broken.csv.gz:1: ");
        AssertFails(kind, path, "gzip");
    }

    private static void AssertFails(DatasetKind kind, string path, string reason)
    {
        var error = Assert.Throws<DataFileException>(() => DatasetReader.Read(kind, path));
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static long Ms(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
