using Ebb.Client;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class EdgesCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-edges-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Edges_PutReportRemove_AgainstARunningServer()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("tea", new float[] { 1, 0 }), new EbbItem("new", Array.Empty<float>())]);
        string file = File(
            """
            relation,from,to,weight
            brand,tea,brand:acme,1
            brand,new,brand:acme,2
            colour,tea,new,1
            brand,tea,new,much
            """);

        CommandOutcome put = await RunAsync(server, "put", file);
        CommandOutcome again = await RunAsync(server, "put", file);
        CommandOutcome report = await RunAsync(server, "report");
        CommandOutcome removed = await RunAsync(server, "remove", file);

        Assert.Equal("", put.Error);
        Assert.Contains("3 edges sent.", put.Output);
        Assert.Contains("1 line is no relation.", put.Output);
        Assert.Contains("1 item has another vector now.", put.Output);
        Assert.Contains("3 of them were so before.", again.Output);
        Assert.Contains("3 nodes, 2 edges", report.Output);
        Assert.Contains("1 edge is of 'colour'", report.Output);
        Assert.Contains("0 edges", removed.Output);
    }

    [Fact]
    public async Task Edges_WhatCannotBe_IsOneLine()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);

        (await RunAsync(server, "put", File("a,b\n"))).AssertOneLineFailure("relation,from,to");
        (await RunAsync(server, "learn")).AssertOneLineFailure("learns no neighbours");
        CommandOutcome refused = await RunAsync(server, "put", File("relation,from,to\nbrand,tea,tea\n"));
        Assert.Contains("1 was refused: Malformed: an edge needs a relation and two ends that differ.", refused.Output);
        Assert.NotEqual(0, refused.ExitCode);
    }

    private string File(string text)
    {
        string path = Path.Combine(_folder, "edges.csv");
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private static Task<CommandOutcome> RunAsync(RunningServer server, params string[] arguments) =>
        CommandRunner.RunAsync(["edges", .. arguments, "--server", server.Address]);
}
