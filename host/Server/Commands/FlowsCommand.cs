using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Ebb.Client;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary><c>ebb flows</c>: which categories gain from which, asked of a running server.</summary>
internal sealed class FlowsCommand
{
    private const int CountDefault = 10;

    private static readonly JsonSerializerOptions JsonForm =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Option<string> _window = new Option<string>("--window")
    {
        Description = "hour, day, week, or all.",
        DefaultValueFactory = _ => "all",
    }.AcceptOnlyFromAmong("hour", "day", "week", "all");

    private readonly Option<int> _count = CommandOptions.Count(
        "--count", "Rows of a table at most.", (1, 1000), CountDefault);

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private FlowsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var flows = new FlowsCommand();
        var command = new Command("flows", "Which categories gain from which, over the last hour, day and week.")
        {
            flows._server, flows._window, flows._count, flows._json,
        };
        command.SetAction((parsed, cancellation) => flows.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-flows" };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        FlowsResult report = await client.FlowsAsync(parsed.GetValue(_count), cancellation: cancellation);
        if (!report.IsCounted)
        {
            throw new CliException(
                "the server counts no flows",
                "add \"flows\": {} to its memory schema, raise its number, and send SIGHUP.");
        }

        int asked = Array.IndexOf(["hour", "day", "week"], parsed.GetValue(_window));
        EbbFlowWindow[] windows = asked < 0 ? [.. report.Windows] : [report.Windows[asked]];
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(report with { Windows = windows }, JsonForm));
            return ExitCodes.Ok;
        }

        foreach (EbbFlowWindow window in windows)
        {
            Print(window, terminal.Console);
        }

        if (report.DroppedCount > 0)
        {
            terminal.Console.WriteLine($"{report.DroppedCount} transitions of too many pairs were not counted.");
        }

        return ExitCodes.Ok;
    }

    private static void Print(EbbFlowWindow window, IAnsiConsole console)
    {
        console.WriteLine($"Last {Name(window.Length)} (fading: an event of age a counts e^(-a/window))");
        Table flows = new Table().Border(TableBorder.Simple).AddColumns("from", "to", "went", "came back", "net");
        foreach (EbbCategoryFlow flow in window.Flows)
        {
            flows.AddRow(new[] { flow.From, flow.To, Figure(flow.Count), Figure(flow.Back), Figure(flow.Net) }
                .Select(cell => new Text(cell)));
        }

        Table balances = new Table().Border(TableBorder.Simple)
            .AddColumns("category", "gain", "in", "out", "stayed", "began");
        foreach (EbbCategoryBalance one in window.Balances)
        {
            string[] cells =
            [
                one.Category, Figure(one.Gain), Figure(one.In), Figure(one.Out), Figure(one.Stayed), Figure(one.Began),
            ];
            balances.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(flows);
        console.Write(balances);
    }

    private static string Name(TimeSpan length) =>
        length.TotalHours <= 1 ? "hour" : length.TotalDays <= 1 ? "day" : "week";

    private static string Figure(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
