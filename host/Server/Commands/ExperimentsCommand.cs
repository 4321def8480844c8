using System.CommandLine;
using System.Net;
using System.Text;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb experiments</c>: how the arms of a running server's experiments stand; <c>shadows</c>, <c>tuning</c> and
/// <c>revert POLICY</c> below it.
/// </summary>
internal sealed class ExperimentsCommand
{
    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Option<bool> _json = new("--json") { Description = "JSON on standard output." };

    private readonly Argument<string> _policy = new("policy") { Description = "The policy whose tuner went wrong." };

    private readonly Option<string> _author = new("--author") { Description = "Who says so.", Required = true };

    private readonly Option<string> _reason = new("--reason") { Description = "Why.", Required = true };

    private ExperimentsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var own = new ExperimentsCommand();
        var shadows = new Command("shadows", "What policies that do not serve would have served.")
        {
            own._server, own._json,
        };
        var tuning = new Command("tuning", "What tuners try and what they changed.") { own._server, own._json };
        var revert = new Command("revert", "Take a tuner's last step back.")
        {
            own._policy, own._author, own._reason, own._server,
        };
        var command = new Command("experiments", "How the arms of experiments stand; look as often as you like.")
        {
            own._server, own._json, shadows, tuning, revert,
        };
        command.SetAction((parsed, stop) => own.ListAsync(parsed, terminal, stop));
        shadows.SetAction((parsed, stop) => own.ShadowsAsync(parsed, terminal, stop));
        tuning.SetAction((parsed, stop) => own.TuningAsync(parsed, terminal, stop));
        revert.SetAction((parsed, stop) => own.RevertAsync(parsed, terminal, stop));
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        await using EbbClient client = await ConnectAsync(parsed, stop);
        EbbExperiment[] experiments = [.. await client.Experiments.ListAsync(stop)];
        if (!parsed.GetValue(_json) && experiments.Length == 0)
        {
            throw new CliException(
                "the server runs no experiments", "write \"experiments\" into its policy document, and send SIGHUP.");
        }

        return await ShowAsync(
            parsed, terminal, ExperimentJson.Write(experiments),
            () => Array.ForEach(experiments, one => ExperimentTables.Print(one, terminal.Console)));
    }

    private async Task<int> ShadowsAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        await using EbbClient client = await ConnectAsync(parsed, stop);
        EbbShadow[] shadows = [.. await client.Experiments.ShadowsAsync(stop)];
        if (!parsed.GetValue(_json) && shadows.Length == 0)
        {
            throw new CliException(
                "the server has no shadows", "write \"shadows\" into its policy document, and send SIGHUP.");
        }

        return await ShowAsync(
            parsed, terminal, ExperimentJson.Write(shadows),
            () => ExperimentTables.Print(shadows, terminal.Console));
    }

    private async Task<int> TuningAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        await using EbbClient client = await ConnectAsync(parsed, stop);
        EbbTuning tuning = await client.Experiments.TuningAsync(stop);
        if (!parsed.GetValue(_json) && tuning.Tuners.Count + tuning.Audit.Count == 0)
        {
            throw new CliException(
                "the server has no tuners", "write \"tuners\" into its policy document, and send SIGHUP.");
        }

        return await ShowAsync(
            parsed, terminal, ExperimentJson.Write(tuning), () => ExperimentTables.Print(tuning, terminal.Console));
    }

    private async Task<int> RevertAsync(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        await using EbbClient client = await ConnectAsync(parsed, stop);
        string policy = parsed.GetValue(_policy)!;
        EbbTuneChange? made = await client.Experiments.RevertAsync(
            policy, parsed.GetValue(_author)!, parsed.GetValue(_reason)!, stop);
        if (made is null)
        {
            throw new CliException(
                $"there is no step of {policy} to take back", "ebb experiments tuning shows what was taken.");
        }

        await terminal.Out.WriteLineAsync(ExperimentTables.Line(made));
        return ExitCodes.Ok;
    }

    private Task<EbbClient> ConnectAsync(ParseResult parsed, CancellationToken stop) => EbbClient.ConnectAsync(
        new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-experiments" }, stop);

    private async Task<int> ShowAsync(ParseResult parsed, Terminal terminal, byte[] json, Action print)
    {
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(Encoding.UTF8.GetString(json));
        }
        else
        {
            print();
        }

        return ExitCodes.Ok;
    }
}
