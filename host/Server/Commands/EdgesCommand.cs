using System.CommandLine;
using System.Globalization;
using System.Net;
using Ebb.Client;
using Ebb.Evaluation.Relations;
using Ebb.Protocol;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb edges</c>: the graph of a running server: edges from a file, of titles, or learned; what it holds.
/// </summary>
internal sealed class EdgesCommand
{
    private const int BatchCount = 1000;

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Argument<string> _file = new("file")
    {
        Description = "CSV with the header relation,from,to[,weight]; ends are item ids or kind:id, as brand:acme.",
    };

    private EdgesCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var edges = new EdgesCommand();
        var put = new Command("put", "Put edges; weight 0 takes one away.") { edges._file, edges._server };
        var remove = new Command("remove", "Take the edges of a file away.") { edges._file, edges._server };
        var learn = new Command("learn", "Make edges of what the population does together now.") { edges._server };
        var report = new Command("report", "What the graph holds.") { edges._server };
        put.SetAction((parsed, stop) => edges.SendAsync(parsed, terminal, null, stop));
        remove.SetAction((parsed, stop) => edges.SendAsync(parsed, terminal, 0, stop));
        learn.SetAction((parsed, stop) => edges.LearnAsync(parsed, terminal, stop));
        report.SetAction((parsed, stop) => edges.ReportAsync(parsed, terminal, stop));
        return new Command("edges", "The graph between items, brands, categories and content in a running server.")
        {
            put, remove, learn, report, EdgeTitlesCommand.Build(terminal),
        };
    }

    private async Task<int> SendAsync(
        ParseResult parsed, Terminal terminal, float? weight, CancellationToken cancellation)
    {
        // Read whole before anything is sent: a bad file changes nothing.
        IReadOnlyList<RelationLine> lines = RelationFile.Read(parsed.GetValue(_file)!, out int badLineCount);
        EbbEdge[] edges = [.. lines.Select(line => ToEdge(line) with { Weight = weight ?? (float)line.Weight })];
        await using EbbClient client = await ConnectAsync(parsed, cancellation);
        GraphResult? last = null;
        long changed = 0;
        long repeated = 0;
        var refused = new SortedDictionary<StatusCode, int>();
        foreach (EbbEdge[] batch in edges.Chunk(BatchCount))
        {
            last = await client.Shop.PutEdgesAsync(batch, cancellation);
            changed += last.ItemsChanged;
            repeated += last.Statuses.Count(status => status == StatusCode.Duplicate);
            foreach (StatusCode status in last.Statuses.Where(status => !status.IsDone()))
            {
                refused[status] = refused.GetValueOrDefault(status) + 1;
            }
        }

        Tell(terminal.Console, edges.Length, "edge sent", "edges sent");
        Tell(terminal.Console, repeated, "of them was so before", "of them were so before");
        Tell(terminal.Console, badLineCount, "line is no relation", "lines are no relation");
        foreach ((StatusCode status, int count) in refused)
        {
            Tell(terminal.Console, count, $"was refused: {Reason(status)}", $"were refused: {Reason(status)}");
        }

        Tell(terminal.Console, changed, "item has another vector now", "items have another vector now");
        Print(last ?? await client.Shop.GraphAsync(cancellation), terminal.Console);
        return refused.Count > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private async Task<int> LearnAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        await using EbbClient client = await ConnectAsync(parsed, cancellation);
        GraphResult learned = await client.Shop.LearnEdgesAsync(cancellation);
        if (!learned.IsLearning)
        {
            throw new CliException(
                "the server learns no neighbours", "weigh sources.neighbours in its policy, or set learn_all");
        }

        Tell(terminal.Console, learned.Statuses.Count, "learned edge changed", "learned edges changed");
        Tell(terminal.Console, learned.ItemsChanged, "item has another vector now", "items have another vector now");
        Print(learned, terminal.Console);
        return ExitCodes.Ok;
    }

    private async Task<int> ReportAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        await using EbbClient client = await ConnectAsync(parsed, cancellation);
        Print(await client.Shop.GraphAsync(cancellation), terminal.Console);
        return ExitCodes.Ok;
    }

    private Task<EbbClient> ConnectAsync(ParseResult parsed, CancellationToken cancellation) =>
        EbbClient.ConnectAsync(
            new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-edges" }, cancellation);

    private static EbbEdge ToEdge(RelationLine line)
    {
        (string fromKind, string fromId) = Split(line.From);
        (string toKind, string toId) = Split(line.To);
        return new EbbEdge(line.Relation, fromId, toId) { FromKind = fromKind, ToKind = toKind };
    }

    /// <summary>"kind:id"; without a colon an item.</summary>
    private static (string Kind, string Id) Split(string end)
    {
        int colon = end.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 ? ("", end) : (end[..colon], end[(colon + 1)..]);
    }

    private static void Print(GraphResult graph, IAnsiConsole console)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{graph.Nodes:N0} nodes, {graph.Edges:N0} edges ({graph.LearnedEdges:N0} learned, {graph.Cycles:N0} close "
            + $"a cycle); {graph.Enriched:N0} items show a vector of the graph's."));
        Tell(
            console, graph.WithoutVector, "item in it has no vector of its own",
            "items in it have no vector of their own");
        Tell(
            console, graph.Dangling, "item is named by edges and not in the catalogue",
            "items are named by edges and not in the catalogue");
        Tell(console, graph.Unreached, "node is reached by no vector", "nodes are reached by no vector");
        Tell(
            console, graph.Refused, "edge since the start led from a node to itself",
            "edges since the start led from a node to itself");
        foreach ((string relation, long count) in graph.UnknownRelations)
        {
            Tell(
                console, count, $"edge is of '{relation}', which the server gives no weight",
                $"edges are of '{relation}', which the server gives no weight");
        }
    }

    private static string Reason(StatusCode status) => status switch
    {
        StatusCode.Malformed => "Malformed: an edge needs a relation and two ends that differ",
        StatusCode.NotFinite => "NotFinite: a weight is a finite number of at least 0",
        _ => status.ToString(),
    };

    private static void Tell(IAnsiConsole console, long count, string one, string many)
    {
        if (count > 0)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}."));
        }
    }
}
