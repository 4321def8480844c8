using System.Text;
using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Host.Tests.Commands;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>MERGE through client, wire, server and engine.</summary>
public sealed class MergeTests
{
    [Fact]
    public async Task Merge_OverTheWire_BringsTheVisitorsEvents()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(
            [new EbbItem("mug", new float[] { 1, 0 }), new EbbItem("lamp", new float[] { 0, 1 })]);
        await client.ObserveAsync(
        [
            new EbbEvent("visitor", "mug", EbbEventType.Click, 1000),
            new EbbEvent("ann", "lamp", EbbEventType.Click, 2000),
        ]);

        MergeResult merged = await client.MergeAsync("visitor", "ann");
        MergeResult again = await client.MergeAsync("visitor", "ann");
        ProfileResult profile = await client.ProfileAsync("ann");

        Assert.Equal(new MergeResult(true, 1), merged);
        Assert.Equal(new MergeResult(false, 0), again);
        Assert.Equal(["lamp", "mug"], profile.RecentEvents.Select(one => one.Item.ToString()));
        Assert.False((await client.ProfileAsync("visitor")).Known);
        EbbException refused = await Assert.ThrowsAsync<EbbException>(() => client.MergeAsync("ann", "ann"));
        Assert.Equal(StatusCode.Malformed, refused.Status);
    }

    [Fact]
    public void Merge_EveryPrefixOfItsBodies_IsRefused()
    {
        using var body = new FrameBuffer();
        new MergeRequest { From = "visitor"u8, To = "ann"u8 }.Write(body);
        byte[] request = body.Written.ToArray();
        body.Clear();
        new MergeReply(true, 7).Write(body);
        byte[] reply = body.Written.ToArray();

        Assert.Equal(StatusCode.Ok, MergeRequest.TryRead(request, out var read));
        Assert.Equal("visitor/ann", Encoding.UTF8.GetString(read.From) + "/" + Encoding.UTF8.GetString(read.To));
        Assert.Equal(new MergeResult(true, 7), ReplyDecoders.Merge(reply, false));
        for (int length = 0; length < request.Length; length++)
        {
            Assert.Equal(StatusCode.Malformed, MergeRequest.TryRead(request.AsSpan(0, length), out _));
        }

        Assert.All(
            Enumerable.Range(0, reply.Length),
            length => Assert.Null(ReplyDecoders.Merge(reply.AsSpan(0, length), false)));
        Assert.Equal(StatusCode.IdLength, MergeRequest.TryRead([0, 1, (byte)'a'], out _));
    }
}
