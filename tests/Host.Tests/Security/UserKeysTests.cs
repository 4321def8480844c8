using System.Security.Cryptography;
using System.Text;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Commands;
using Ebb.Server.Hosting;
using Ebb.Server.Security;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Security;

/// <summary>Users kept by the keyed hash of their ids.</summary>
public sealed class UserKeysTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

    [Fact]
    public void KeyOf_Plain_IsTenantAndId() =>
        Assert.Equal((byte[])[4, .. "shopann"u8], KeyOf(UserKeys.Plain, "shop", "ann"));

    [Fact]
    public void KeyOf_WithASecret_IsTheHmacOfThem()
    {
        byte[] message = [4, .. "shopann"u8];
        byte[] expected = [4, .. "shop"u8, .. HMACSHA256.HashData(Secret, message)];
        Assert.Equal(expected, KeyOf(UserKeys.Of(Secret), "shop", "ann"));
        byte[][] keys =
        [
            .. new (string, string)[] { ("shop", "ann"), ("shop", "bob"), ("other", "ann"), ("", "shopann") }
                .Select(user => KeyOf(UserKeys.Of(Secret), user.Item1, user.Item2)[^32..]),
            KeyOf(UserKeys.Of([.. Secret, 1]), "shop", "ann")[^32..],
        ];
        Assert.Equal(keys.Length, keys.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Of_ShortSecret_IsRefused()
    {
        Assert.Throws<CliException>(() => UserKeys.Of(Secret[..31]));
        Assert.Throws<CliException>(() => UserKeys.Load("no such file"));
    }

    [Fact]
    public async Task Serve_WithASecret_FindsUsersAgainAndKeepsNoIdInAnyFile()
    {
        using var folder = new TempFolder();
        string data = Path.Combine(folder.Path, "data");
        const string Id = "somebody@example.org";
        await using (ServerHost host = await StartAsync(data, UserKeys.Of(Secret)))
        {
            await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
            await client.PutItemsAsync([new EbbItem("north", new float[] { 0, 1 })]);
            await client.ObserveAsync([new EbbEvent(Id, "north", EbbEventType.Click, 1)]);
            await client.ObserveAsync(
                [new EbbEvent(Id, "north", EbbEventType.Click, 2), new EbbEvent("b", "north", EbbEventType.Click, 2)],
                EbbAck.Durable);
            Assert.Equal(2UL, (await client.ProfileAsync(Id)).EventCount);
        }

        byte[] id = Encoding.UTF8.GetBytes(Id);
        foreach (string file in Directory.GetFiles(data, "*", SearchOption.AllDirectories))
        {
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(id) < 0, file);
        }

        await using (ServerHost host = await StartAsync(data, UserKeys.Of(Secret)))
        {
            await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
            Assert.Equal(2UL, (await client.ProfileAsync(Id)).EventCount);
            Assert.True((await client.ForgetAsync(Id)).Known);
            Assert.False((await client.ProfileAsync(Id)).Known);
        }

        foreach (UserKeys other in new[] { UserKeys.Plain, UserKeys.Of([.. Secret, 1]) })
        {
            EngineStartException refused =
                await Assert.ThrowsAsync<EngineStartException>(() => StartAsync(data, other));
            Assert.Contains("--user-key-secret", refused.Message);
        }
    }

    [Fact]
    public async Task Audience_WithASecret_TellsTheHashesThatOneWhoHoldsTheIdsCanMake()
    {
        using var folder = new TempFolder();
        await using ServerHost host = await StartAsync(folder.Path, UserKeys.Of(Secret));
        await using EbbClient client = await EbbClient.ConnectAsync(new() { Endpoint = host.Endpoint });
        await client.PutItemsAsync([new EbbItem("north", new float[] { 0, 1 })]);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, 1)]);
        EbbAudienceMember member = Assert.Single((await client.Shop.AudienceAsync("north", 10)).Members);

        // Tenant "": a length of 0, then the id.
        byte[] expected = HMACSHA256.HashData(Secret, (byte[])[0, .. "ann"u8]);
        Assert.Equal(expected, member.User.Span.ToArray());
        Assert.Equal("0x" + Convert.ToHexString(expected), member.User.ToString());
    }

    [Fact]
    public async Task Serve_PlainFolderWithASecret_IsRefused()
    {
        using var folder = new TempFolder();
        await (await StartAsync(folder.Path, UserKeys.Plain)).DisposeAsync();
        await Assert.ThrowsAsync<EngineStartException>(() => StartAsync(folder.Path, UserKeys.Of(Secret)));
        await (await StartAsync(folder.Path, UserKeys.Plain)).DisposeAsync();
    }

    private static byte[] KeyOf(UserKeys keys, string tenant, string user) => keys
        .KeyOf(Encoding.UTF8.GetBytes(tenant), Encoding.UTF8.GetBytes(user), new byte[UserKeys.BytesMax]).ToArray();

    private static Task<ServerHost> StartAsync(string folder, UserKeys keys) => ServerHost.StartAsync(new ServeOptions(
        new EngineOptions { Folder = folder, Dimension = 2, PartitionCount = 2 },
        new EbbServerOptions
        {
            Endpoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            UserKeys = keys,
        }));
}
