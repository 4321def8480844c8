using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Client;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary><c>ebb audience</c>: the users whom an item fits best, asked of a running server.</summary>
internal sealed class AudienceCommand
{
    private const int CountDefault = 20;

    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Argument<string> _item = new("item") { Description = "Its id; one that nobody has touched too." };

    private readonly Option<int> _count = CommandOptions.Count("--count", "Users at most.", (1, 1000), CountDefault);

    private readonly Option<bool> _excludeSeen = new("--exclude-seen")
    {
        Description = "Leave out users who have the item among their last events.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private AudienceCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var audience = new AudienceCommand();
        var command = new Command("audience", "The users whom an item fits best, and how many are expected to like it.")
        {
            audience._item, audience._count, audience._excludeSeen, audience._json, audience._server,
        };
        command.SetAction((parsed, cancellation) => audience.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-audience" };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        AudienceResult audience = await client.Shop.AudienceAsync(
            parsed.GetValue(_item)!, parsed.GetValue(_count), parsed.GetValue(_excludeSeen), null, cancellation);
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(ToJson(audience));
            return ExitCodes.Ok;
        }

        string expected = double.IsNaN(audience.ExpectedCount)
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"; {audience.ExpectedCount:N1} are expected to like it");
        terminal.Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"It fits {audience.FitCount:N0} of {audience.UserCount:N0} users{expected}."));
        if (audience.Members.Count > 0)
        {
            Print(audience, terminal.Console);
        }

        return ExitCodes.Ok;
    }

    private static string ToJson(AudienceResult audience) => JsonSerializer.Serialize(
        new
        {
            Users = audience.UserCount,
            Fitting = audience.FitCount,
            Expected = audience.ExpectedCount,
            audience.Generation,
            Members = audience.Members.Select(member => new
            {
                User = member.User.ToString(),
                member.Score,
                Probability = member.Appeal,
                Seen = member.HasSeen,
                member.LastEventMs,
            }),
        },
        JsonForm);

    private static void Print(AudienceResult audience, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("user", "score", "probability", "last seen", "knows it");
        foreach (EbbAudienceMember member in audience.Members)
        {
            string[] cells =
            [
                member.User.ToString(), member.Score.ToString("0.0000", CultureInfo.InvariantCulture),
                float.IsNaN(member.Appeal) ? "" : member.Appeal.ToString("0.000", CultureInfo.InvariantCulture),
                DateTimeOffset.FromUnixTimeMilliseconds(member.LastEventMs)
                    .ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
                member.HasSeen ? "yes" : "",
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }
}
