using System.CommandLine;
using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Server.Demo;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb demo</c>: a server on a free loopback port and a client beside it, a year of a real shop's invoices through
/// the wire, and what came out.
/// </summary>
internal sealed class DemoCommand
{
    private readonly Option<bool> _short = new("--short")
    {
        Description = $"Play one customer in {DemoData.ShortCustomerStep}: some seconds.",
    };

    private readonly Option<string> _customer = new("--customer")
    {
        Description = "Whose story to tell: a customer id of the data.",
        HelpName = "ID",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "The same facts as one JSON object on standard output, and nothing else.",
    };

    private readonly Option<bool> _keep = new("--keep")
    {
        Description = "Stay up after the report and say how to connect.",
    };

    private DemoCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var demo = new DemoCommand();
        var command = new Command("demo", "Play a year of real purchases through a server and show what comes out.")
        {
            demo._short, demo._customer, demo._json, demo._keep,
        };
        command.SetAction((parsed, cancellation) => demo.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var options = new DemoOptions
        {
            Short = parsed.GetValue(_short),
            Customer = parsed.GetValue(_customer),
            Json = parsed.GetValue(_json),
            Keep = parsed.GetValue(_keep),
        };
        using var signals = new StopSignals(cancellation);
        DemoData data = DemoData.Load(DemoData.ShippedFolder);
        _ = data.FindCustomer(options.Customer ?? DemoData.DefaultCustomer);
        using var folder = new TemporaryFolder("ebb-demo-");
        await using ServerHost host = await ServerHost.StartAsync(ServerOptions(data, folder), signals.Token);
        await using EbbClient client = await EbbClient.ConnectAsync(
            new EbbClientOptions { Endpoint = host.Endpoint, Name = "ebb-demo" }, signals.Token);
        Say(options, terminal, $"Ebb on {host.Endpoint}, log in {folder.Path}");
        Say(
            options, terminal,
            $"UCI Online Retail: {data.Log.Rows.Count:N0} events, {data.Log.Users.Count:N0} customers, "
            + $"{data.Vectors.Count:N0} products");

        var runner = new DemoRunner(data, host, client);
        await runner.PutCatalogueAsync(signals.Token);
        DemoReport report = await runner.PlayAsync(options, terminal, signals.Token);
        if (options.Json)
        {
            await terminal.Out.WriteLineAsync(report.ToJson());
        }
        else
        {
            new DemoReportPrinter(terminal.Console).Print(report);
        }

        if (options.Keep)
        {
            await StayAsync(terminal, host, signals);
        }

        return ExitCodes.Ok;
    }

    private static ServeOptions ServerOptions(DemoData data, TemporaryFolder folder) => new(
        new EngineOptions { Folder = folder.Path, Dimension = data.Vectors.Dimension },
        new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });

    /// <summary>On standard error: with --json, standard output holds the object and nothing else.</summary>
    private static async Task StayAsync(Terminal terminal, ServerHost host, StopSignals signals)
    {
        await terminal.Out.FlushAsync(CancellationToken.None);
        await terminal.Error.WriteLineAsync(
            $"Still serving on {host.Endpoint} (protocol: host/Protocol/PROTOCOL.md). Try:");
        await terminal.Error.WriteLineAsync(
            $"  dotnet run -c Release --project bench/Load -- --server {host.Endpoint} "
            + "--ids host/Server/data/items_ids.txt --rate 1000 --seconds 10");
        await terminal.Error.WriteLineAsync("Ctrl+C stops it and removes its folder.");
        await signals.WaitAsync();
    }

    private static void Say(DemoOptions options, Terminal terminal, string line)
    {
        if (!options.Json)
        {
            terminal.Console.WriteLine(line);
        }
    }
}
