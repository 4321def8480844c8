using System.Text.Json;
using Ebb.Host.Tests.Commands;
using Xunit;

namespace Ebb.Host.Tests.Demo;

/// <summary>The main job in its short form: real data, real TCP, one process.</summary>
public sealed class DemoCommandTests
{
    [Fact]
    public async Task Demo_ShortJson_IsOneObjectWithEveryFact()
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(["demo", "--short", "--json", "--customer", "16107"]);

        Assert.Equal("", outcome.Error);
        Assert.Equal(0, outcome.ExitCode);
        using JsonDocument document = JsonDocument.Parse(outcome.Output);
        JsonElement report = document.RootElement;
        AssertFlow(report);
        AssertStory(report.GetProperty("story"));
    }

    private static void AssertFlow(JsonElement report)
    {
        long sent = report.GetProperty("events_sent").GetInt64();
        Assert.False(report.GetProperty("complete").GetBoolean());
        Assert.InRange(sent, 40_000, 70_000);
        Assert.Equal(sent, report.GetProperty("events_applied").GetInt64());
        Assert.Equal(0, report.GetProperty("events_refused").GetInt64());
        Assert.True(report.GetProperty("events_per_second").GetDouble() > 0);
        foreach (string verb in new[] { "act", "recommend" })
        {
            JsonElement latency = report.GetProperty(verb);
            Assert.True(latency.GetProperty("count").GetInt32() > 100);
            Assert.True(latency.GetProperty("p50_us").GetDouble() > 0);
            Assert.True(latency.GetProperty("p99_us").GetDouble() <= latency.GetProperty("max_us").GetDouble());
        }

        JsonElement lists = report.GetProperty("lists");
        int answered = report.GetProperty("act").GetProperty("count").GetInt32()
            + report.GetProperty("recommend").GetProperty("count").GetInt32();
        Assert.Equal(answered, lists.GetProperty("total").GetInt64());

        // A list asked for again right after the purchase is kept; a customer's first list is the popular one.
        Assert.True(lists.GetProperty("kept").GetInt64() > 0);
        Assert.True(lists.GetProperty("popular").GetInt64() > 0);
    }

    private static void AssertStory(JsonElement story)
    {
        Assert.Equal("16107", story.GetProperty("customer").GetString());
        Assert.Equal(7, story.GetProperty("invoice_count").GetInt32());
        JsonElement[] wishes = [.. story.GetProperty("wishes").EnumerateArray()];
        Assert.Equal(10, wishes.Length);
        double[] scores = [.. wishes.Select(wish => wish.GetProperty("score").GetDouble())];
        Assert.Equal(scores.OrderDescending(), scores);
        foreach (JsonElement wish in wishes)
        {
            JsonElement[] reasons = [.. wish.GetProperty("reasons").EnumerateArray()];
            double terms = reasons.Sum(reason => reason.GetProperty("amount").GetDouble())
                + wish.GetProperty("other_amount").GetDouble() + wish.GetProperty("older_amount").GetDouble();
            Assert.NotEmpty(reasons);
            Assert.NotEqual(wish.GetProperty("item").GetString(), wish.GetProperty("name").GetString());
            Assert.Equal(wish.GetProperty("score").GetDouble(), terms, tolerance: 1e-3);
        }
    }
}
