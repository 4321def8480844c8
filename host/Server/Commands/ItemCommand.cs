using System.CommandLine;
using System.Globalization;
using System.Net;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Server.Commands;

/// <summary><c>ebb item patch</c>: stock, window and price of items in a running server.</summary>
internal sealed class ItemCommand
{
    private const string None = "none";

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Argument<string[]> _ids = new("id")
    {
        Description = "The items.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _inStock = new("--in-stock") { Description = "There are some." };

    private readonly Option<bool> _outOfStock = new("--out-of-stock") { Description = "There are none." };

    private readonly Option<string?> _from = Moment("--from", "In no list before it.");

    private readonly Option<string?> _until = Moment("--until", "In no list from it on.");

    private readonly Option<float?> _price = new("--price") { Description = "0 or more, in the shop's own currency." };

    private readonly Option<bool> _noPrice = new("--no-price") { Description = "No price any more." };

    private ItemCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var item = new ItemCommand();
        var patch = new Command("patch", "Change stock, window and price, and leave the rest as it is.")
        {
            item._ids, item._inStock, item._outOfStock, item._from, item._until, item._price, item._noPrice,
            item._server,
        };
        patch.SetAction((parsed, cancellation) => item.RunAsync(parsed, terminal, cancellation));
        return new Command("item", "Items of a running server.") { patch };
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        EbbItemPatch patch = Read(parsed);
        string[] ids = parsed.GetValue(_ids)!;
        var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-item" };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        ItemChangeResult result = await client.Shop.PatchItemsAsync(
            [.. ids.Select(id => patch with { Item = id })], cancellation);
        int refused = 0;
        foreach ((string id, StatusCode status) in ids.Zip(result.Statuses))
        {
            refused += status.IsDone() ? 0 : 1;
            await terminal.Out.WriteLineAsync(status.IsDone() ? $"{id}: patched" : $"{id}: {Reason(status)}");
        }

        return refused == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private EbbItemPatch Read(ParseResult parsed)
    {
        bool inStock = parsed.GetValue(_inStock);
        bool outOfStock = parsed.GetValue(_outOfStock);
        if (inStock && outOfStock)
        {
            throw new CliException("--in-stock and --out-of-stock at once", "give one of them");
        }

        if (parsed.GetValue(_price) is not null && parsed.GetValue(_noPrice))
        {
            throw new CliException("--price and --no-price at once", "give one of them");
        }

        var patch = new EbbItemPatch(default)
        {
            InStock = inStock ? true : outOfStock ? false : null,
            ValidFromMs = ReadMoment("--from", parsed.GetValue(_from)),
            ValidUntilMs = ReadMoment("--until", parsed.GetValue(_until)),
            Price = parsed.GetValue(_price),
            RemovesPrice = parsed.GetValue(_noPrice),
        };
        return patch == new EbbItemPatch(default)
            ? throw new CliException("nothing to change", "name a stock, a window or a price")
            : patch;
    }

    private static string Reason(StatusCode status) => status switch
    {
        StatusCode.UnknownItem => "there is no such item",
        StatusCode.TimeOutOfRange => "its window would end before it begins",
        StatusCode.NotFinite => "a price is 0 or more",
        _ => status.ToString(),
    };

    /// <summary>0: no such moment.</summary>
    private static long? ReadMoment(string option, string? text)
    {
        if (text is null or None)
        {
            return text is null ? null : 0;
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            && moment.ToUnixTimeMilliseconds() > 0
            ? moment.ToUnixTimeMilliseconds()
            : throw new CliException($"{option} '{text}' is no moment", "write it like 2026-12-24T18:00Z, or none");
    }

    private static Option<string?> Moment(string name, string description) => new(name)
    {
        Description = description + " UTC unless it says otherwise; none: no such moment.",
        HelpName = "MOMENT",
    };
}
