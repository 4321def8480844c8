using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Client;
using Ebb.Protocol;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary><c>ebb trends</c>: what rises and falls and what the next week takes, asked of a running server.</summary>
internal sealed class TrendsCommand
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

    private readonly Option<string> _order = new Option<string>("--order")
    {
        Description = "forecast (all, the most wanted first), rising, or falling (these alone, the steepest first).",
        DefaultValueFactory = _ => "forecast",
    }.AcceptOnlyFromAmong("forecast", "rising", "falling");

    private readonly Option<string> _item = new("--item")
    {
        Description = "This item and its category alone.",
        HelpName = "ID",
    };

    private readonly Option<int> _count = CommandOptions.Count(
        "--count", "Rows of a table at most.", (1, 1000), CountDefault);

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private TrendsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var trends = new TrendsCommand();
        var command = new Command("trends", "Demand per item and category: rising, falling, and the next seven days.")
        {
            trends._server, trends._order, trends._item, trends._count, trends._json,
        };
        command.SetAction((parsed, cancellation) => trends.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-trends" };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        var query = new TrendQuery
        {
            CountMax = parsed.GetValue(_count),
            Order = Enum.Parse<EbbTrendOrder>(parsed.GetValue(_order)!, ignoreCase: true),
            Item = parsed.GetValue(_item) is { } item ? (EbbId)item : (EbbId?)null,
        };
        TrendsResult report = await client.TrendsAsync(query, cancellation);
        if (!report.IsCounted)
        {
            throw new CliException(
                "the server follows no trends",
                "add \"trends\": {} to its memory schema, raise its number, and send SIGHUP.");
        }

        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(ToJson(report));
            return ExitCodes.Ok;
        }

        if (report.Categories.Count + report.Items.Count == 0)
        {
            terminal.Console.WriteLine("No demand is known of what was asked for.");
            return ExitCodes.Ok;
        }

        terminal.Console.WriteLine("Demand in units of event weight; slope: change of demand a day in a week.");
        Print("category", report.Categories, terminal.Console);
        Print("item", report.Items, terminal.Console);
        return ExitCodes.Ok;
    }

    private static string ToJson(TrendsResult report)
    {
        static object Plain(EbbTrend trend) => new
        {
            Name = trend.Name.ToString(),
            Direction = Word(trend.Direction),
            trend.PerDay,
            trend.PerDayError,
            trend.SlopePerWeek,
            trend.RelativeSlope,
            trend.NextWeek,
        };
        return JsonSerializer.Serialize(
            new { report.AtMs, Items = report.Items.Select(Plain), Categories = report.Categories.Select(Plain) },
            JsonForm);
    }

    private static void Print(string kind, IReadOnlyList<EbbTrend> trends, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns(kind, "a day", "error", "slope a week", "of demand", "goes", "next 7 days");
        foreach (EbbTrend trend in trends)
        {
            string[] cells =
            [
                trend.Name.ToString(), Figure(trend.PerDay), Figure(trend.PerDayError),
                trend.SlopePerWeek.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture),
                double.IsFinite(trend.RelativeSlope)
                    ? trend.RelativeSlope.ToString("+0%;-0%;0%", CultureInfo.InvariantCulture)
                    : "new",
                Word(trend.Direction), Figure(trend.NextWeek),
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static string Word(EbbTrendDirection direction) => direction switch
    {
        EbbTrendDirection.Rising => "rising",
        EbbTrendDirection.Falling => "falling",
        _ => "steady",
    };

    private static string Figure(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
