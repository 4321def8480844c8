using System.Globalization;
using Ebb.Engine.Encoders;
using Ebb.Evaluation.Npy;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Hosting;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary><c>ebb train</c> with every stage, on a toy, where there is a Python with PyTorch.</summary>
public sealed class TrainCommandTests
{
    private const int ItemCount = 40;
    private const int UserCount = 40;
    private const int EventsPerUser = 24;
    private const int Dimension = 4;

    [Fact]
    public async Task Train_TheSameTwice_GivesTheSameBytesOfEveryPart()
    {
        Assert.SkipWhen(PythonWithTorch.Program is null, PythonWithTorch.Missing);
        Assert.SkipUnless(ModelChoice.Runtime.IsThere, ModelChoice.Runtime.Description);
        using var folder = new TempFolder();
        string[] options = [.. Options(folder)];
        foreach (string name in (string[])["a", "b"])
        {
            CommandOutcome outcome = await CommandRunner.RunAsync(
                ["train", "--out", folder.File(name), "--served", folder.File(name + "-served"), .. options]);
            Assert.Equal("", outcome.Error);
            Assert.Equal(0, outcome.ExitCode);
        }

        string[] files = [.. Directory.GetFiles(folder.File("a-served")).Select(Path.GetFileName).Order()!];
        Assert.Contains("reranker.onnx", files);
        Assert.DoesNotContain("weights.npz", files);
        foreach (string file in files)
        {
            Assert.Equal(
                File.ReadAllBytes(folder.File($"a-served/{file}")), File.ReadAllBytes(folder.File($"b-served/{file}")));
        }

        using SequenceEncoder encoder = ModelChoice.Load(folder.File("b-served"), "cpu");
        Assert.True(encoder.HasHead);
        Assert.NotNull(encoder.ReRanker);
        Assert.NotNull(encoder.Bundle.Portrait);
        Assert.Equal(ModelFolder.Portrait(folder.File("a")), folder.File("a/portrait.json"));
    }

    [Theory]
    [InlineData("--policy")]
    [InlineData("--memory-schema")]
    public async Task Train_HalfOfWhatAReRankerNeeds_IsOneLineBeforeAnythingIsTrained(string option)
    {
        CommandOutcome outcome = await CommandRunner.RunAsync(
            ["train", "--dataset", "csv", "--data", "no-such-data", "--out", "no-such-bundle", option, "x.json"]);
        outcome.AssertOneLineFailure("--policy and --memory-schema");
        Assert.False(Directory.Exists("no-such-bundle"));
    }

    private static IEnumerable<string> Options(TempFolder folder)
    {
        var random = new Random(42);
        string events = folder.Write("events.csv", string.Concat(Enumerable.Range(0, UserCount * EventsPerUser).Select(
            row => string.Create(
                CultureInfo.InvariantCulture,
                $"u{row % UserCount},i{random.Next(ItemCount)},click,{(row / UserCount * 1_000_000L) + row}\n"))));
        string ids = folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(
            item => $"i{item}\n")));
        NpyWriter.Write(
            folder.File("items.npy"),
            [.. Enumerable.Range(0, ItemCount * Dimension).Select(_ => random.NextSingle() - 0.5f)], Dimension);
        string policy = folder.Write(
            "policy.json", """{ "name": "both", "sources": { "vector": 0.5, "encoder": 1, "popularity": 0.3 } }""");
        string memory = folder.Write("memory.json", """{ "half_lives": ["30d"] }""");
        return
        [
            "--dataset", "csv", "--data", events, "--split", "last:3", "--vectors", folder.File("items.npy"),
            "--ids", ids, "--portrait", "--policy", policy, "--memory-schema", memory, "--questions", "60",
            "--learn", "1d", "--python", PythonWithTorch.Program!,
            "--", "--epochs", "1", "--dimension", "4", "--hidden", "8", "--length", "6", "--scale", "14",
        ];
    }
}
