using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb replay</c>: offline measures of the engine on a data set. The work is <see cref="ReplayRunner"/>'s.
/// </summary>
internal sealed class ReplayCommand
{
    /// <summary>Steps of the progress bar.</summary>
    private const int ProgressSteps = 1000;

    private readonly Option<string> _dataset = new Option<string>("--dataset")
    {
        Description = "The data's format.",
        Required = true,
    }.AcceptOnlyFromAmong([.. DatasetNames.All]);

    private readonly Option<string> _data = new("--data")
    {
        Description = "A file, or a folder with the data set's usual file names.",
        HelpName = "PATH",
        Required = true,
    };

    private readonly Option<string> _vectors = new("--vectors")
    {
        Description = "Item vectors, .npy or .npy.gz. Default: the one .npy beside the data.",
        HelpName = "FILE",
    };

    private readonly Option<string> _ids = new("--ids")
    {
        Description = "Item ids, a line a vector. Default: items_ids.txt beside the vectors.",
        HelpName = "FILE",
    };

    private readonly Option<SplitRule> _split = new("--split")
    {
        Description = "Which acts are queries: protocol (the data set's own), last:N, or from:TIME.",
        HelpName = "RULE",
        DefaultValueFactory = _ => SplitRule.Protocol,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!SplitRule.TryParse(text, out SplitRule rule))
            {
                result.AddError($"--split: '{text}' is no split; write protocol, last:N or from:TIME.");
            }

            return rule;
        },
    };

    private readonly Option<HumanDuration[]?> _halfLives = CommandOptions.Durations(
        "--half-life", "A row of the report each.", [MemorySchema.Never]);

    private readonly Option<SourcePolicy> _weights = new("--weights")
    {
        Description = "The blend, as vector=1,transitions=.5,neighbours=.3,popularity=.1,repeats=.2.",
        HelpName = "BLEND",
        DefaultValueFactory = _ => SourcePolicy.VectorAlone,
        CustomParser = result =>
        {
            if (!SourceText.TryParse(result.Tokens[0].Value, out SourcePolicy policy, out string problem))
            {
                result.AddError($"--weights: {problem}.");
            }

            return policy;
        },
    };

    private readonly Option<string> _policy = new("--policy")
    {
        Description = "A policy document: its blend is served, in place of --weights.",
        HelpName = "FILE",
    };

    private readonly Option<int> _history = CommandOptions.Count(
        "--history", "Events before a query that count; 0: all.", (0, int.MaxValue), 300);

    private readonly Option<bool?> _excludeHistory = new("--exclude-history")
    {
        Description = "Leave out the items of the history. Default: as the data set's protocol says.",
    };

    private readonly Option<TimeSpan?> _recentWindow = new("--recent-window")
    {
        Description = "Window of the baseline recent popularity. Default: the data set's own.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (!HumanDuration.TryParse(result.Tokens[0].Value, out TimeSpan window))
            {
                result.AddError($"--recent-window: '{result.Tokens[0].Value}' is no duration; {HumanDuration.Form}.");
            }

            return window;
        },
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Where scores are computed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong(BackendChoice.Names);

    private ReplayCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var replay = new ReplayCommand();
        var command = new Command("replay", "Measure the engine offline on a data set, beside trivial baselines.")
        {
            replay._dataset, replay._data, replay._vectors, replay._ids, replay._split, replay._halfLives,
            replay._weights, replay._policy, replay._history, replay._excludeHistory, replay._recentWindow,
            replay._backend, replay._json,
        };
        command.SetAction((parsed, cancellation) => replay.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        ReplayOptions options = Read(parsed);
        bool json = parsed.GetValue(_json);
        ReplayReport report = json
            ? await ReplayRunner.RunAsync(options, null, signals.Token)
            : await terminal.ProgressAsync($"replay {parsed.GetValue(_dataset)}", ProgressSteps, progress =>
                ReplayRunner.RunAsync(
                    options, step => progress.Report((long)(step.Share * ProgressSteps)), signals.Token));
        if (json)
        {
            await terminal.Out.WriteLineAsync(report.ToJson());
        }
        else
        {
            Print(report, terminal.Console);
        }

        return ExitCodes.Ok;
    }

    private ReplayOptions Read(ParseResult parsed)
    {
        _ = DatasetNames.TryParse(parsed.GetValue(_dataset), out DatasetKind kind);
        return new ReplayOptions
        {
            Dataset = kind,
            DataPath = parsed.GetValue(_data)!,
            VectorsPath = parsed.GetValue(_vectors),
            IdsPath = parsed.GetValue(_ids),
            Split = parsed.GetValue(_split),
            HalfLives = CommandOptions.ToTimeSpans(parsed.GetValue(_halfLives)!),
            Sources = parsed.GetValue(_policy) is { } file
                ? PolicyFiles.ReadPolicies(file).Policies[0].Policy.Sources
                : parsed.GetValue(_weights)!,
            HistoryEventMax = parsed.GetValue(_history),
            ExcludeHistory = parsed.GetValue(_excludeHistory),
            RecentWindow = parsed.GetValue(_recentWindow),
            Backend = BackendChoice.Resolve(parsed.GetValue(_backend)!),
        };
    }

    private static void Print(ReplayReport report, IAnsiConsole console)
    {
        console.WriteLine(
            $"{report.Dataset}, split {report.Split}: {report.RowCount:N0} rows, {report.UserCount:N0} users, "
            + $"{report.ItemCount:N0} items; {report.QueryCount:N0} queries, "
            + $"{report.TrainingRowCount:N0} training rows.");
        if (report.BadRowCount > 0)
        {
            console.WriteLine($"{report.BadRowCount:N0} rows could not be read, the first: {report.BadRows[0]}");
        }

        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in ReplayReport.TableHeader)
        {
            table.AddColumn(new TableColumn(new Text(heading)).NoWrap());
        }

        foreach (IReadOnlyList<string> row in report.TableRows())
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
        foreach (string note in report.Notes)
        {
            console.WriteLine(note);
        }
    }
}
