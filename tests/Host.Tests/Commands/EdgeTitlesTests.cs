using System.Globalization;
using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>Links of items by their titles, against the plain cosine, and what a server makes of them.</summary>
public sealed class EdgeTitlesTests : IDisposable
{
    private static readonly (string Id, string Text)[] Items =
    [
        ("a1", "Red retrospot teacup"), ("a2", "red retrospot saucer"), ("a3", "Blue polkadot teacup"),
        ("a:4", "BLUE polkadot, saucer"), ("a5", "lantern"), ("a6", "of a"), ("a7", "\"lantern\", large"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-titles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Titles_SharedWords_AreThePlainCosineOfTheirWeights()
    {
        string texts = Write("texts.csv", ["item,text", .. Items.Select(item => $"{item.Id},{Quoted(item.Text)}")]);
        string links = Path.Combine(_folder, "links.csv");

        CommandOutcome outcome = await CommandRunner.RunAsync(["edges", "titles", texts, "--out", links]);

        Assert.Equal("", outcome.Error);
        string[] lines = File.ReadAllLines(links);
        Assert.Equal("relation,from,to,weight", lines[0]);
        Assert.Equal(Expected().Order(), lines.Skip(1).Order());
        Assert.Contains($"7 items: {lines.Length - 1} links", outcome.Output);
    }

    [Fact]
    public async Task Titles_PutIntoAServer_GiveANewItemItsNeighboursVector()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync([
            new EbbItem("a1", new float[] { 1, 0 }), new EbbItem("a3", new float[] { 0, 1 }),
            new EbbItem("a2", Array.Empty<float>())]);
        string texts = Write(
            "texts.csv", "item,text", "a1,red retrospot", "a2,red retrospot saucer", "a3,blue polkadot lamp");
        string links = Path.Combine(_folder, "links.csv");

        await CommandRunner.RunAsync(["edges", "titles", texts, "--out", links]);
        CommandOutcome put = await CommandRunner.RunAsync(["edges", "put", links, "--server", server.Address]);

        Assert.Equal("", put.Error);
        Assert.Contains("1 edge sent.", put.Output);
        Assert.Contains("1 item has another vector now.", put.Output);
        Assert.DoesNotContain("gives no weight", put.Output);
    }

    [Fact]
    public async Task Titles_WhatCannotBe_IsOneLineOrCounted()
    {
        string links = Path.Combine(_folder, "links.csv");
        (await CommandRunner.RunAsync(["edges", "titles", Write("a.csv", "id,title", "a,b"), "--out", links]))
            .AssertOneLineFailure("a.csv:1", "item,text");
        (await CommandRunner.RunAsync(["edges", "titles", Path.Combine(_folder, "none.csv"), "--out", links]))
            .AssertOneLineFailure("none.csv");
        string texts = Write("b.csv", "item,text", "a,tea pot", "a,tea pot again", ",no id", "b", "c,tea pot");
        (await CommandRunner.RunAsync(["edges", "titles", texts, "--out", Path.Combine(_folder, "no", "x.csv")]))
            .AssertOneLineFailure("x.csv");
        (await CommandRunner.RunAsync(["edges", "titles", texts, "--out", links, "--relation", ""]))
            .AssertOneLineFailure("relation needs a name");

        // Words that all items have say nothing: no link, and no number that is none.
        CommandOutcome outcome = await CommandRunner.RunAsync(["edges", "titles", texts, "--out", links]);
        Assert.Contains("2 items: 0 links between 0 of them", outcome.Output);
        Assert.Contains("an item again: 3.", outcome.Output);
        Assert.Equal(["relation,from,to,weight"], File.ReadAllLines(links));
    }

    /// <summary>Every pair's cosine in double, written as the command does.</summary>
    private static IEnumerable<string> Expected()
    {
        string[][] words = [.. Items.Select(item => item.Text.ToLowerInvariant()
            .Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length >= 3).ToArray())];
        double Idf(string word) => Math.Log((double)Items.Length / words.Count(own => own.Contains(word)));
        double Norm(string[] own) => Math.Sqrt(own.Sum(word => Idf(word) * Idf(word)));
        for (int from = 0; from < Items.Length; from++)
        {
            for (int to = from + 1; to < Items.Length; to++)
            {
                double dot = words[from].Intersect(words[to]).Sum(word => Idf(word) * Idf(word));
                double cosine = dot / (Norm(words[from]) * Norm(words[to]));
                if (cosine >= 0.3)
                {
                    yield return string.Create(
                        CultureInfo.InvariantCulture,
                        $"title,{End(Items[from].Id)},{End(Items[to].Id)},{cosine:0.####}");
                }
            }
        }
    }

    private static string End(string id) => id.Contains(':') ? "item:" + id : id;

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"")}\"";

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
