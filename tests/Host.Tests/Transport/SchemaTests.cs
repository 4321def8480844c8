using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Host.Tests.Commands;
using Ebb.Host.Tests.Evaluation;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>SCHEMA through client, wire, server and engine, and <c>ebb memory</c>.</summary>
public sealed class SchemaTests
{
    private const string Two = """{"number": 2, "half_lives": ["1 h", "never"]}""";

    [Fact]
    public async Task Schema_Changed_IsInForceForEveryUserWhileServing()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await StartedAsync(server);
        SchemaResult before = await client.SchemaAsync();
        Assert.Single((await client.ProfileAsync("ann")).Masses);

        SchemaResult changed = await client.ChangeSchemaAsync(Two);

        Assert.Equal((1u, 2u), (before.Number, changed.Number));
        Assert.Contains("\"30d\"", before.Document);
        Assert.Contains("\"1h\"", changed.Document);
        ProfileResult profile = await client.ProfileAsync("ann");
        Assert.Equal((2, 1UL), (profile.Masses.Count, profile.EventCount));

        // The one in force again, as a client that was cut off sends it: nothing changes.
        Assert.Equal(2u, (await client.ChangeSchemaAsync(changed.Document)).Number);
        Assert.Equal(changed.Document, (await client.SchemaAsync()).Document);
    }

    [Theory]
    [InlineData("""{"number": 2, "half_livs": []}""", "$.half_livs: ", "half_lives")]
    [InlineData("""{"number": 2, "half_lives": ["3 moons"]}""", "$.half_lives[0]: ", "30 d")]
    [InlineData("""{"half_lives": ["1 h"]}""", "number 1", "higher")]
    [InlineData("""{"number": 2, "dimension_rates": [1, 2, 3]}""", "rate", "3")]
    [InlineData("not JSON", "$", "JSON")]
    public async Task Schema_ThatCannotBe_IsRefusedAndTheRunningOneStays(string document, string place, string remedy)
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await StartedAsync(server);
        string before = (await client.SchemaAsync()).Document;

        EbbException refused =
            await Assert.ThrowsAsync<EbbException>(() => client.ChangeSchemaAsync(document));

        Assert.Equal(StatusCode.Malformed, refused.Status);
        Assert.Contains(place, refused.Message);
        Assert.Contains(remedy, refused.Message);
        Assert.Equal(before, (await client.SchemaAsync()).Document);
        Assert.Single((await client.ProfileAsync("ann")).Masses);
    }

    [Fact]
    public async Task Memory_ShowAndSet_AreTheVerb()
    {
        using var folder = new TempFolder();
        string file = folder.File("memory.json");
        await using RunningServer server = await RunningServer.StartAsync(2);
        CommandOutcome shown = await CommandRunner.RunAsync(["memory", "show", "--server", server.Address]);
        Assert.Equal((ExitCodes.Ok, ""), (shown.ExitCode, shown.Error));
        await File.WriteAllTextAsync(
            file, shown.Output.Replace("\"number\": 1", "\"number\": 7"), TestContext.Current.CancellationToken);

        CommandOutcome set = await CommandRunner.RunAsync(["memory", "set", file, "--server", server.Address]);

        Assert.Equal((ExitCodes.Ok, ""), (set.ExitCode, set.Error));
        Assert.Contains("memory schema 7", set.Output);
        folder.Write("memory.json", """{"number": 8, "half_lives": [30]}""");
        (await CommandRunner.RunAsync(["memory", "set", file, "--server", server.Address]))
            .AssertOneLineFailure("$.half_lives[0]");
    }

    [Fact]
    public void Schema_EveryPrefixOfItsBodies_IsRefused()
    {
        using var body = new FrameBuffer();
        new SchemaRequest { Changes = true, Document = "{}"u8 }.Write(body);
        byte[] request = body.Written.ToArray();
        body.Clear();
        new SchemaReply { Number = 3, PendingUserCount = 4, Document = "{}"u8 }.Write(body);
        byte[] reply = body.Written.ToArray();

        Assert.Equal(StatusCode.Ok, SchemaRequest.TryRead(request, out var read));
        Assert.Equal((true, 2), (read.Changes, read.Document.Length));
        Assert.Equal(new SchemaResult(3, 4, "{}"), ReplyDecoders.Schema(reply, false));
        for (int length = 0; length < request.Length; length++)
        {
            Assert.Equal(StatusCode.Malformed, SchemaRequest.TryRead(request.AsSpan(0, length), out _));
        }

        Assert.All(
            Enumerable.Range(0, reply.Length),
            length => Assert.Null(ReplyDecoders.Schema(reply.AsSpan(0, length), false)));

        // A change without a document, a question with one, an action that is none.
        Assert.Equal(StatusCode.Malformed, SchemaRequest.TryRead([1, 0, 0, 0, 0, 0, 0, 0], out _));
        Assert.Equal(StatusCode.Malformed, SchemaRequest.TryRead([0, 0, 0, 0, 1, 0, 0, 0, 32], out _));
        Assert.Equal(StatusCode.Malformed, SchemaRequest.TryRead([2, 0, 0, 0, 0, 0, 0, 0], out _));
    }

    private static async Task<EbbClient> StartedAsync(RunningServer server)
    {
        EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync([new EbbItem("north", new float[] { 0, 1 })]);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.View, 1000)]);
        return client;
    }
}
