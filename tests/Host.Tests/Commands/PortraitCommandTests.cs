using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Portrait;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb portrait</c> on a log with a planted rule, and the file that it writes served.</summary>
public sealed class PortraitCommandTests
{
    private const long T = 1_700_000_000_000;
    private const long DayMs = 86_400_000;

    [Fact]
    public async Task Portrait_LogOfSteadyAndRestlessUsers_FindsWhatTellsThemApart()
    {
        using var folder = new TempFolder();
        string[] arguments = Write(folder);
        string tree = Path.Combine(folder.Path, "tree.json");

        CommandOutcome outcome = await CommandRunner.RunAsync([.. arguments, "--out", tree]);
        CommandOutcome again = await CommandRunner.RunAsync([.. arguments]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Match auc = Regex.Match(outcome.Output, "AUC (0\\.[0-9]+)");
        Assert.InRange(double.Parse(auc.Groups[1].Value, CultureInfo.InvariantCulture), 0.7, 1);
        Assert.Contains("A change: another top category within 5d", outcome.Output);
        Assert.StartsWith(again.Output.TrimEnd(), outcome.Output);
        ChangeTree read = ChangeTreeDocument.Read(await File.ReadAllTextAsync(tree));
        Assert.Equal(read.Quality!.Auc.ToString("0.000", CultureInfo.InvariantCulture), auc.Groups[1].Value);
        Assert.True(read.Quality.Accuracy > read.Quality.BaseAccuracy);
        Assert.True(read.Quality.Brier < read.Quality.BaseBrier);
        Assert.Equal((5.0, 10.0, 16),
            (read.Rule.Window.TotalDays, read.Rule.HalfLife.TotalDays, read.Rule.RememberedEvents));

        // Steady users have one category: whatever names that fact, their rule is the least likely one.
        ChangeForecast steady = read.Rules()[^1];
        Assert.True(steady.Probability < 0.1 && steady.TrainedCount > 100);
    }

    [Fact]
    public async Task Portrait_WindowLongerThanTheLog_IsOneLine()
    {
        using var folder = new TempFolder();
        CommandOutcome outcome = await CommandRunner.RunAsync(Write(folder, "300d"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("--window", outcome.Error);
        Assert.DoesNotContain('\n', outcome.Error.Trim());
    }

    [Theory]
    [InlineData("--drift", "3")]
    [InlineData("--drift", "much")]
    [InlineData("--depth", "9")]
    [InlineData("--window", "soon")]
    public async Task Portrait_OptionThatCannotBe_IsAUsageError(string option, string value)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["portrait", "--dataset", "csv", "--data", "none.csv", option, value]);
        Assert.Equal(ExitCodes.Usage, outcome.ExitCode);
        Assert.Contains(option, outcome.Error);
    }

    [Fact]
    public async Task File_DamagedWhileServing_LeavesTheTreeThatRuns()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "tree.json");
        await File.WriteAllTextAsync(path, ChangeTreeDocument.Write(Leaf(10, 4)));
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await engine.PutItemsAsync([new("mug", new float[] { 1, 0 }) { Category = "kitchen" }]);
        await engine.ObserveAsync([new("ann", "mug", EventTypes.Click, T)]);
        using var file = new PortraitFile(path, engine, NullLoggerFactory.Instance);
        Assert.Equal(0.4, (await engine.PortraitAsync("ann")).Forecast!.Probability, 1e-12);

        await File.WriteAllTextAsync(path, "{\"format\": \"ebb-change-tree\", \"version\": 9}");
        Assert.False(file.Reload());
        Assert.Equal(0.4, (await engine.PortraitAsync("ann")).Forecast!.Probability, 1e-12);
        await File.WriteAllTextAsync(path, ChangeTreeDocument.Write(Leaf(10, 5)));
        Assert.True(file.Reload());

        Assert.Equal(0.5, (await engine.PortraitAsync("ann")).Forecast!.Probability, 1e-12);
    }

    [Fact]
    public async Task File_OfAModelThatRemembersMore_ServesWithoutIt()
    {
        using var folder = new TempFolder();
        string path = folder.Write("portrait.json", ChangeTreeDocument.Write(Leaf(10, 4)));
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Dimension = 2,
            Schema = new MemorySchema { RecentEventCount = 4 },
        });
        Assert.Throws<CliException>(() => new PortraitFile(path, engine, NullLoggerFactory.Instance));
        using var file = new PortraitFile(path, engine, NullLoggerFactory.Instance, isAskedFor: false);
        await engine.PutItemsAsync([new("mug", new float[] { 1, 0 }) { Category = "kitchen" }]);
        await engine.ObserveAsync([new("ann", "mug", EventTypes.Click, T)]);
        Assert.Null((await engine.PortraitAsync("ann")).Forecast);
    }

    [Theory]
    [InlineData("{\"format\": \"ebb-change-tree\", \"version\": 9}", "version 1, not 9")]
    [InlineData("{\"format\": ", "no JSON")]
    public async Task Serve_TreeThatCannotBe_IsOneLineBeforeAnythingIsOpened(string json, string problem)
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "tree.json");
        await File.WriteAllTextAsync(path, json);

        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["serve", "--dimension", "2", "--listen", "127.0.0.1:0", "--portrait", path]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(problem, outcome.Error);
        Assert.DoesNotContain('\n', outcome.Error.Trim());
    }

    private static ChangeTree Leaf(int count, int changed) =>
        new([new ChangeNode(count, changed)], new FeatureRule(), new ChangeLabel());

    /// <summary>Half of the users stay in one category, the others go from one to another as they like.</summary>
    private static string[] Write(TempFolder folder, string window = "5d")
    {
        var random = new Random(42);
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < 60; user++)
        {
            for (int step = 0; step < 120; step++)
            {
                string item = user % 2 == 0 ? "a" : ((string[])["a", "b", "c"])[random.Next(3)];
                events.Append(CultureInfo.InvariantCulture, $"u{user},{item},click,{T + (step * DayMs / 2) + user}\n");
            }
        }

        string log = Path.Combine(folder.Path, "events.csv");
        string attributes = Path.Combine(folder.Path, "attributes.csv");
        File.WriteAllText(log, events.ToString());
        File.WriteAllText(attributes, "id,category\na,tea\nb,coffee\nc,mugs\n");
        return
        [
            "portrait", "--dataset", "csv", "--data", log, "--attributes", attributes, "--window", window,
            "--half-life", "10d", "--recent-events", "16",
        ];
    }
}
