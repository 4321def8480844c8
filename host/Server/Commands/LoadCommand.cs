using System.CommandLine;
using Ebb.Client;
using Ebb.Server.Hosting;
using Ebb.Server.Loading;

namespace Ebb.Server.Commands;

/// <summary><c>ebb load</c>: a catalogue and a history from files into a running server.</summary>
internal sealed class LoadCommand
{
    private readonly ConnectOptions _connect = new();

    private readonly Option<string> _vectors = new("--vectors")
    {
        Description = "Item vectors, float32 or float64 [items, D], .npy or .npy.gz.",
        HelpName = "FILE",
    };

    private readonly Option<string> _ids = new("--ids")
    {
        Description = "Item ids, a line a vector.",
        HelpName = "FILE",
    };

    private readonly Option<string> _attributes = new("--attributes")
    {
        Description = "CSV with a header: id and any of category, brand, merchant, tags (divided by |), in_stock.",
        HelpName = "FILE",
    };

    private readonly Option<string> _history = new("--history")
    {
        Description = "CSV user,item,type,time[,value]; loading the same file again counts nothing twice.",
        HelpName = "FILE",
    };

    private LoadCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var load = new LoadCommand();
        var command = new Command("load", "Bring a catalogue and a history into a running server.")
        {
            load._vectors, load._ids, load._attributes, load._history,
        };
        load._connect.AddTo(command);
        command.Validators.Add(result =>
        {
            bool vectors = result.GetValue(load._vectors) is not null;
            if (vectors != (result.GetValue(load._ids) is not null))
            {
                result.AddError("--vectors and --ids belong together: give both or none.");
            }
            else if (!vectors && result.GetValue(load._attributes) is not null)
            {
                result.AddError("--attributes needs --vectors and --ids: an item is put whole.");
            }
            else if (!vectors && result.GetValue(load._history) is null)
            {
                result.AddError("nothing to load: give --vectors and --ids, or --history, or all.");
            }
        });
        command.SetAction((parsed, cancellation) => load.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        EbbClientOptions server = _connect.Read(parsed, "ebb-load");
        var summary = new LoadSummary();
        if (parsed.GetValue(_vectors) is string vectors)
        {
            var files = new CatalogueFiles(vectors, parsed.GetValue(_ids)!, parsed.GetValue(_attributes));
            using CatalogueSource source = CatalogueSource.Open(files);
            await using EbbClient client = await ConnectAsync(server, session: 0, signals.Token);
            await terminal.ProgressAsync("catalogue", source.Count, progress =>
                CatalogueLoader.LoadAsync(client, source, new LoadRun(summary, progress, signals.Token)));
        }

        if (parsed.GetValue(_history) is string history)
        {
            HistorySource source = HistorySource.Read(history);
            await using EbbClient client = await ConnectAsync(server, source.Session, signals.Token);
            await terminal.ProgressAsync("history", source.Log.Rows.Count, progress =>
                HistoryLoader.LoadAsync(client, source, new LoadRun(summary, progress, signals.Token)));
        }

        LoadSummaryPrinter.Print(summary, terminal.Console, EndpointText.Format(server.Endpoint));
        return ExitCodes.Ok;
    }

    private static Task<EbbClient> ConnectAsync(
        EbbClientOptions server, ulong session, CancellationToken cancellation) =>
        EbbClient.ConnectAsync(server with { Session = session }, cancellation);
}
