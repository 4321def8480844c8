using Ebb.Engine.Experiments;
using Ebb.Engine.Policy;
using Xunit;

namespace Ebb.Engine.Tests.Experiments;

/// <summary>Experiments as people write them, and every refusal with its place and remedy.</summary>
public sealed class ExperimentDocumentTests
{
    private const long StartMs = 1_698_796_800_000;

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        PolicySet set = PolicyDocument.Read(Document(
            """
            {"name": "faster", "metric": "buyers", "minimum_effect": 0.02, "alpha": 0.1,
             "start": "2023-11-01T00:00:00Z", "end": "2023-12-01T00:00:00+01:00",
             "arms": [{"policy": "a", "share": 0.2}, {"policy": "b", "share": 0.3, "from": 0.5}]}
            """,
            """
            , "experiment_salt": "s", "feedback": {"click_types": [1], "conversion_types": [3, 4],
            "click_within": "10 min", "convert_within": "2 d"}
            """));

        Experiment one = Assert.Single(set.Experiments);
        Assert.Equal(
            ("faster", ExperimentMetric.Buyers, 0.02, 0.1),
            (one.Name, one.Metric, one.MinimumEffect, one.Alpha));
        Assert.Equal(StartMs, one.Start.ToUnixTimeMilliseconds());
        Assert.Equal(new DateTimeOffset(2023, 11, 30, 23, 0, 0, TimeSpan.Zero), one.End);
        Assert.Equal([new("a", 0.2), new ExperimentArm("b", 0.3) { From = 0.5 }], one.Arms);
        Assert.Equal("s", set.ExperimentSalt);
        Assert.Equal([1], set.Feedback.ClickTypes);
        Assert.Equal([3, 4], set.Feedback.ConversionTypes);
        Assert.Equal((10.0, 2.0), (set.Feedback.ClickWithin.TotalMinutes, set.Feedback.ConvertWithin.TotalDays));
    }

    // Quotes are single ones, for people's eyes.
    [Theory]
    [InlineData("{'policy': 'a', 'share': 0.7}, {'policy': 'b', 'share': 0.4}", ":", "1.1")]
    [InlineData(
        "{'policy': 'a', 'share': 0.5}, {'policy': 'b', 'share': 0.5, 'from': 0.4}", "[1]:",
        "overlap those of $.experiments[0].arms[0]")]
    [InlineData("{'policy': 'a', 'share': 0.5}, {'policy': 'b', 'share': 0.5, 'from': 0.6}", "[1]:", "past 1")]
    [InlineData("{'policy': 'a', 'share': 0.5}, {'policy': 'a', 'share': 0.5}", "[1].policy:", "an arm already")]
    [InlineData("{'policy': 'a', 'share': 0.5}, {'policy': 'z', 'share': 0.5}", "[1].policy:", "these are: a, b")]
    [InlineData("{'policy': 'a', 'share': 0.5}", ":", "2 to 8")]
    [InlineData("{'policy': 'a', 'share': 0}, {'policy': 'b', 'share': 0.5}", "[0].share:", "over 0")]
    [InlineData("{'policy': 'a'}, {'policy': 'b', 'share': 0.5}", "[0].share:", "is missing")]
    public void Read_ArmsThatCannotBe_AreRefusedWithPlaceAndRemedy(string arms, string place, string remedy)
    {
        string one = $"{{'name': 'x', 'start': '2023-11-01', 'arms': [{arms}]}}";
        DocumentException refused = Assert.Throws<DocumentException>(() => PolicyDocument.Read(Document(Quoted(one))));
        Assert.StartsWith("$.experiments[0].arms" + place, refused.Message);
        Assert.Contains(remedy, refused.Message);
    }

    [Theory]
    [InlineData("'name': 'x'", "start: is missing")]
    [InlineData("'name': 'x', 'start': 'soon'", "start: a moment")]
    [InlineData("'name': 'x', 'start': '2023-11-01', 'end': '2023-10-01'", "end: is not after")]
    [InlineData("'name': '', 'start': '2023-11-01'", "name:")]
    [InlineData("'name': 'x', 'start': '2023-11-01', 'metric': 'luck'", "metric: one of clicks")]
    [InlineData("'name': 'x', 'start': '2023-11-01', 'minimum_effect': 0", "minimum_effect:")]
    [InlineData("'name': 'x', 'start': '2023-11-01', 'ending': 1", "ending: there is no such key")]
    public void Read_OtherKeysThatCannotBe_AreRefused(string keys, string message)
    {
        const string Arms = "'arms': [{'policy': 'a', 'share': 0.1}, {'policy': 'b', 'share': 0.1}]";
        string one = Quoted($"{{{keys}, {Arms}}}");
        Assert.StartsWith(
            "$.experiments[0]." + message,
            Assert.Throws<DocumentException>(() => PolicyDocument.Read(Document(one))).Message);
    }

    [Fact]
    public void Read_TypeThatIsClickAndConversion_IsRefused() => Assert.StartsWith(
        "$.feedback.conversion_types:",
        Assert.Throws<DocumentException>(() => PolicyDocument.Read(Document(
            One(), ", \"feedback\": {\"click_types\": [4], \"conversion_types\": [4]}"))).Message);

    [Fact]
    public void Read_TwoExperiments_MayShareUsersOnlyWhereTheirTimesDoNotMeet()
    {
        string first = One("first", ", \"end\": \"2023-11-10T00:00:00Z\"");
        string meets = One("second").Replace("2023-11-01", "2023-11-09");
        string after = One("second").Replace("2023-11-01", "2023-11-10");

        Assert.Equal(2, PolicyDocument.Read(Document($"{first}, {after}")).Experiments.Count);
        Assert.Contains(
            "$.experiments[1].arms[0]: its users, 0 to 0.5, overlap those of $.experiments[0].arms[0]",
            Assert.Throws<DocumentException>(() => PolicyDocument.Read(Document($"{first}, {meets}"))).Message);
        Assert.Contains(
            "stands there twice",
            Assert.Throws<DocumentException>(() => PolicyDocument.Read(Document($"{first}, {One("first")}"))).Message);
    }

    [Fact]
    public void FindChange_WhileRunning_RefusesAllButAnEnd()
    {
        PolicySet running = PolicyDocument.Read(Document(One()));
        string Find(string document, long nowMs = StartMs + 1) =>
            ExperimentRules.FindChange(running, PolicyDocument.Read(document), nowMs)?.ToString() ?? "";

        Assert.Equal("", Find(Document(One())));
        Assert.Equal("", Find(Document(One("x", ", \"end\": \"2030-01-01T00:00:00Z\""))));
        Assert.Equal("", Find(Document(One().Replace("0.5", "0.4")), StartMs - 1));
        Assert.StartsWith("$.experiments[0]: x is running", Find(Document(One().Replace("0.5", "0.4"))));
        Assert.StartsWith("$.experiments[0]: x is running", Find(Document(One("x", ", \"alpha\": 0.01"))));
        Assert.StartsWith("$.experiments[0]: x is running", Find(Document(One(), ", \"experiment_salt\": \"z\"")));
        Assert.StartsWith(
            "$.experiments[0]: x is running", Find(Document(One()).Replace("\"b\"}", "\"b\", \"keep_below\": 0.2}")));
        Assert.Contains("write its end", Find(Document("")));
        Assert.Equal("", Find(Document(One()).Replace("\"b\"}", "\"b\", \"share\": 3}")));
    }

    [Fact]
    public void FindChange_AfterItsEnd_ItMayGoButNotGoOn()
    {
        PolicySet ended = PolicyDocument.Read(Document(One("x", ", \"end\": \"2023-11-02T00:00:00Z\"")));
        long nowMs = StartMs + (2 * 86_400_000);

        Assert.Null(ExperimentRules.FindChange(ended, PolicyDocument.Read(Document("")), nowMs));
        Assert.StartsWith(
            "$.experiments[0].end: x has ended",
            ExperimentRules.FindChange(ended, PolicyDocument.Read(Document(One())), nowMs)!.Value.ToString());
    }

    internal static string One(string name = "x", string more = "") => Quoted(
        $"{{'name': '{name}', 'start': '2023-11-01T00:00:00Z', "
        + "'arms': [{'policy': 'a', 'share': 0.5}, {'policy': 'b', 'share': 0.5}]") + more + "}";

    internal static string Document(string experiments, string more = "") =>
        Quoted("{'policies': [{'name': 'a'}, {'name': 'b'}], 'experiments': [") + experiments + "]" + more + "}";

    private static string Quoted(string json) => json.Replace('\'', '"');
}
