using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using Ebb.Client;
using Ebb.Protocol;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary><c>ebb experiments</c>: how the arms of a running server's experiments stand.</summary>
internal sealed class ExperimentsCommand
{
    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Option<bool> _json = new("--json") { Description = "One JSON array on standard output." };

    private ExperimentsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var experiments = new ExperimentsCommand();
        var command = new Command("experiments", "How the arms of experiments stand; look as often as you like.")
        {
            experiments._server, experiments._json,
        };
        command.SetAction((parsed, cancellation) => experiments.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-experiments" };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        EbbExperiment[] experiments = [.. await client.ExperimentsAsync(cancellation)];
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(Encoding.UTF8.GetString(ExperimentJson.Write(experiments)));
            return ExitCodes.Ok;
        }

        if (experiments.Length == 0)
        {
            throw new CliException(
                "the server runs no experiments", "write \"experiments\" into its policy document, and send SIGHUP.");
        }

        Array.ForEach(experiments, one => Print(one, terminal.Console));
        return ExitCodes.Ok;
    }

    private static void Print(EbbExperiment one, IAnsiConsole console)
    {
        string end = one.End is { } moment ? $" to {Moment(moment)}" : "";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name}: {one.Metric}, {one.State}, {Moment(one.Start)}{end}, alpha {one.Alpha} over all looks"));
        Table table = new Table().Border(TableBorder.Simple).AddColumns(
            "arm", "users", "shown", "clicks", "bought", "rate", "95 % now", "to control", "always valid", "p",
            "verdict");
        foreach (EbbExperimentArm arm in one.Arms)
        {
            string[] cells =
            [
                arm.Policy, Whole(arm.Users), Whole(arm.Impressions), Whole(arm.Clicks), Whole(arm.Conversions),
                Figure(arm.Rate), $"{Figure(arm.Low)} {Figure(arm.High)}", Signed(arm.Difference),
                arm.DifferenceLow is null ? "" : $"{Signed(arm.DifferenceLow)} {Signed(arm.DifferenceHigh)}",
                arm.LeastP?.ToString("0.####", CultureInfo.InvariantCulture) ?? "", arm.Verdict,
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Figure(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    private static string Signed(double? value) =>
        value?.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) ?? "";
}
