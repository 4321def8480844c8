using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Evaluation.Relations;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb graph</c>: item vectors that flow along relations. The work is <see cref="GraphRunner"/>'s.
/// </summary>
internal sealed class GraphCommand
{
    private readonly Option<string> _vectors = File("--vectors", "Item vectors, .npy or .npy.gz; zeros: none.");

    private readonly Option<string> _ids = File("--ids", "Item ids, a line a vector.");

    private readonly Option<string> _relations = File(
        "--relations",
        "CSV with the header relation,from,to[,weight]; ends are item ids or kind:id, such as brand:acme.");

    private readonly Option<string> _out = File("--out", "The new vectors, .npy; the ids go beside them as .txt.");

    private readonly Option<string[]> _weights = new("--weight")
    {
        Description = "How much a relation brings, such as brand=0.5; again for each. Others are counted and left out.",
        HelpName = "RELATION=W",
        Required = true,
    };

    private readonly Option<int> _layers = CommandOptions.Count(
        "--layers", "Steps that vectors flow.", (1, GraphOptions.LayerCountMax), 2);

    private readonly Option<double> _epsilon = new("--epsilon")
    {
        Description = "How much more than its neighbours an item keeps of itself.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<double> _shrink = new("--shrink")
    {
        Description = "An item without a vector has the length of its neighbours' mean to this power; 0: length 1.",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<double> _centre = new("--centre")
    {
        Description = "0 to 1: how much of what all items share is taken out of a vector from neighbours.",
    };

    private readonly Option<double> _length = new("--length")
    {
        Description = "What the length of a new item's vector is multiplied with.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> _kinds = new("--kind")
    {
        Description = "Kinds of node that are written; again for each. Default: item.",
        DefaultValueFactory = _ => [GraphNode.ItemKind],
    };

    private GraphCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var graph = new GraphCommand();
        var command = new Command("graph", "Let item vectors flow along relations, to items without history too.")
        {
            graph._vectors, graph._ids, graph._relations, graph._weights, graph._layers, graph._epsilon, graph._shrink,
            graph._centre, graph._length, graph._kinds, graph._out,
        };
        command.SetAction((parsed, _) => Task.FromResult(graph.Run(parsed, terminal)));
        return command;
    }

    private int Run(ParseResult parsed, Terminal terminal)
    {
        string path = parsed.GetValue(_out)!;
        var files = new GraphFiles(
            parsed.GetValue(_vectors)!, parsed.GetValue(_ids)!, parsed.GetValue(_relations)!, path)
        {
            OutIdsPath = Path.ChangeExtension(path, ".txt"),
            Kinds = parsed.GetValue(_kinds)!,
        };
        var options = new GraphOptions
        {
            LayerCount = parsed.GetValue(_layers),
            Epsilon = parsed.GetValue(_epsilon),
            Shrink = parsed.GetValue(_shrink),
            Centre = parsed.GetValue(_centre),
            Length = parsed.GetValue(_length),
            Weights = parsed.GetValue(_weights)!.Select(ReadWeight).GroupBy(weight => weight.Key)
                .ToDictionary(same => same.Key, same => same.Last().Value),
        };
        if (options.Problem() is { } problem)
        {
            throw new CliException(problem, "see 'ebb graph --help'");
        }

        GraphReport report = GraphRunner.Run(files, options);
        Print(report, terminal.Console, files);
        return ExitCodes.Ok;
    }

    private static void Print(GraphReport report, IAnsiConsole console, GraphFiles files)
    {
        GraphCounts counts = report.Counts;
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.NodeCount:N0} nodes, {counts.EdgeCount:N0} edges ({counts.CycleCount:N0} close a cycle): "
            + $"{report.WrittenCount:N0} vectors in {files.OutPath}, {report.GainedCount:N0} of them new; ids in "
            + $"{files.OutIdsPath}."));
        Tell(console, counts.ItemsWithoutVector, "items had no vector and take their neighbours'");
        Tell(console, counts.UnreachedCount, "nodes are reached by no vector: zeros");
        Tell(console, counts.RepeatedCount, "edges were given before");
        Tell(console, counts.LoopCount, "edges lead from a node to itself or have no weight above 0");
        Tell(console, report.BadLineCount, "lines are no relation");
        foreach ((string relation, int count) in counts.UnknownRelations)
        {
            Tell(console, count, $"edges are of '{relation}', which has no --weight");
        }
    }

    private static void Tell(IAnsiConsole console, int count, string what)
    {
        if (count > 0)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}."));
        }
    }

    private static KeyValuePair<string, double> ReadWeight(string text)
    {
        int equals = text.LastIndexOf('=');
        return equals > 0 && double.TryParse(
            text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? KeyValuePair.Create(text[..equals], weight)
            : throw new CliException($"--weight '{text}' is none", "write it like brand=0.5");
    }

    private static Option<string> File(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "FILE",
        Required = true,
    };
}
