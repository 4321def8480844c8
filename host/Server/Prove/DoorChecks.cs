using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Ebb.Client;
using Ebb.Protocol;
using Ebb.Proving;
using Ebb.Server.Hosting;
using Ebb.Server.Security;
using Ebb.Server.Transport;

namespace Ebb.Server.Prove;

/// <summary>Nobody gets in who may not.</summary>
internal static class DoorChecks
{
    private const string Protected = "a server that asks nobody listens on this machine alone";
    private const string Roles = "TLS 1.3, tokens, a role per verb, one tenant's token sees no other";

    public static IReadOnlyList<ProveCheck> All { get; } =
        [new(Protected, (_, _) => ProtectedAsync()), new(Roles, (_, _) => RolesAsync())];

    private static async Task<ProveRow> ProtectedAsync()
    {
        var open = new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Any, 0) };
        try
        {
            await using ServerHost host =
                await ServerHost.StartAsync(new ServeOptions(ProveEngine.Options(null), open));
            return ProveRow.Fail(Protected, $"it listens on {host.Endpoint}");
        }
        catch (EbbServerStartException refused)
        {
            return ProveRow.Pass(Protected, "refused: " + refused.Message.Split(':')[^1].Trim());
        }
    }

    private static async Task<ProveRow> RolesAsync()
    {
        using var folder = new ScratchFolder();
        (string certificate, string key) = ProveCertificate.Write(folder.Path);
        (string reader, string readerLine) = AccessFile.Create("reader", EbbRole.Reader, null);
        (string shop, string shopLine) = AccessFile.Create("shop", EbbRole.Writer, "shop");
        string access = Path.Combine(folder.Path, "access");
        await File.WriteAllLinesAsync(access, [readerLine, shopLine]);
        var options = new EbbServerOptions
        {
            Access = AccessControl.Load(access),
            Tls = TlsMaterial.Load(certificate, key, null),
        };
        await using ServerHost host = await ProveEngine.ServeAsync(ProveEngine.Options(null), options);
        await ProveEngine.PutItemsAsync(host.Engine);
        var client = new EbbClientOptions
        {
            Endpoint = host.Endpoint,
            Tls = ProveCertificate.Trusting(certificate),
            Reconnect = false,
        };
        string? problem = await ExpectAsync(StatusCode.AuthRequired, client, Write)
            ?? await ExpectAsync(StatusCode.AuthRequired, client with { Token = "ebb_guess" }, Write)
            ?? await ExpectAsync(StatusCode.NotAllowed, client with { Token = reader }, Write)
            ?? await ExpectAsync(StatusCode.Ok, client with { Token = reader }, Read)
            ?? await ExpectAsync(StatusCode.NotAllowed, client with { Token = shop, Tenant = "other" }, Read)
            ?? await ExpectAsync(StatusCode.Ok, client with { Token = shop }, Write)
            ?? await ExpectAsync(StatusCode.NotAllowed, client with { Token = shop }, Remove)
            ?? await OlderAsync(client with { Token = shop });
        return problem is null
            ? ProveRow.Pass(Roles, "7 tries with and without tokens, TLS 1.2 not served")
            : ProveRow.Fail(Roles, problem);
    }

    private static Task Write(EbbClient client) =>
        client.ObserveAsync([new EbbEvent("ann", "item-1", EbbEventType.Click, 1)]);

    private static Task Read(EbbClient client) => client.RecommendAsync("ann");

    private static Task Remove(EbbClient client) => client.RemoveItemsAsync(["item-1"]);

    private static async Task<string?> ExpectAsync(
        StatusCode expected, EbbClientOptions options, Func<EbbClient, Task> work)
    {
        StatusCode found = StatusCode.Ok;
        try
        {
            await using EbbClient client = await EbbClient.ConnectAsync(options);
            await work(client);
        }
        catch (EbbException refused)
        {
            found = refused.Status;
        }

        return found == expected ? null : $"{found} where {expected} was due";
    }

    private static async Task<string?> OlderAsync(EbbClientOptions options)
    {
        SslClientAuthenticationOptions tls = options.Tls!;
        tls.EnabledSslProtocols = SslProtocols.Tls12;
        try
        {
            await using EbbClient client = await EbbClient.ConnectAsync(options);
            return "TLS 1.2 was served";
        }
        catch (EbbConnectionException)
        {
            return null;
        }
    }
}
