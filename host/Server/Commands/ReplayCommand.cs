using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Sources;
using Ebb.Evaluation;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb replay</c>: offline measures of the engine on a data set; of several policies beside each other, or of one
/// thing about a policy. The work is <see cref="ReplayRunner"/>'s, <see cref="ComparisonRunner"/>'s and
/// <see cref="StudyRunner"/>'s.
/// </summary>
internal sealed class ReplayCommand
{
    /// <summary>Steps of the progress bar.</summary>
    private const int ProgressSteps = 1000;

    private readonly DatasetOptions _dataset = new(MemorySchema.Never);

    private readonly Option<HumanDuration[]?> _halfLives = CommandOptions.Durations(
        "--half-life", "A row of the report each; with several policies or a study, the bank.", [MemorySchema.Never]);

    private readonly Option<SourcePolicy> _weights = new("--weights")
    {
        Description =
            "The blend, as vector=1,transitions=.5,neighbours=.3,popularity=.1,repeats=.2,encoder=1."
            + " Default: the vector alone.",
        HelpName = "BLEND",
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
        Description = "A policy document: its blend is served, in place of --weights; with a study, all of it.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _policies = new("--policies")
    {
        Description = "Compare policy documents: each is served as a server would, differences are to the first.",
        HelpName = "FILE FILE ...",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _memory = new("--memory-schema")
    {
        Description = "The memory schema that the policies meet; its half-lives in place of --half-life.",
        HelpName = "FILE",
    };

    private readonly Option<string> _study = new Option<string>("--study")
    {
        Description = "One thing about the policy: keep (scans saved by ε), diversity (variety by λ), calibration"
            + " (score to probability), burst (a click farm), rates (per dimension), attention (learned),"
            + " migration (the next category), trends (7-day demand),"
            + " graph, graph-cold, graph-served (vectors from neighbours), items (from texts), audience (of new items),"
            + " coldstart (first lists of new users), planted (a change of taste at a known time), half-life (what ebb"
            + " fit would have taken at earlier moments, against the best), costs (of calls), experiments (false alarms"
            + " and power), tuner, tuner-replay (what one loses after a change, simulated and on the data set).",
    }.AcceptOnlyFromAmong([.. StudyRunner.Names]);

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

    private readonly Option<string> _swapModel = new("--swap-model")
    {
        Description = "A bundle that takes the model's place half-way, under load: one row more.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _validation = new("--validation")
    {
        Description = "A study on the validation slice of the training part, as ebb fit cuts it: to choose by.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private ReplayCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var replay = new ReplayCommand();
        var command = new Command("replay", "Measure the engine offline on a data set, beside trivial baselines.")
        {
            replay._halfLives, replay._weights, replay._policy, replay._policies, replay._memory, replay._study,
            replay._validation, replay._swapModel, replay._recentWindow, replay._json,
        };
        replay._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => replay.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        if (parsed.GetValue(_policies) is { Length: > 0 } files)
        {
            ServedModel[] models = [.. files.SelectMany(file => Models(parsed, PolicyFiles.ReadPolicies(file), file))];
            ComparisonReport report = await RunAsync(parsed, terminal, progress =>
                ComparisonRunner.RunAsync(_dataset.Read(parsed), models, progress, signals.Token));
            await PrintAsync(
                parsed, terminal, report.ToJson, ComparisonReport.TableHeader, report.TableRows(),
                [$"{report.Dataset}, split {report.Split}; errors of differences are paired and clustered by user."]);
        }
        else if (parsed.GetValue(_study) is { } study)
        {
            ServedModel model = parsed.GetValue(_policy) is { } file
                ? Models(parsed, PolicyFiles.ReadPolicies(file), file).First()
                : Model(parsed, Weights(parsed));
            StudyReport report = await RunAsync(parsed, terminal, progress => StudyRunner.RunAsync(
                study, new StudyOptions(_dataset.Read(parsed), model, parsed.GetValue(_validation)), progress,
                signals.Token));
            await PrintAsync(
                parsed, terminal, report.ToJson, report.Header, report.Rows, [report.Title, .. report.Notes]);
        }
        else
        {
            ReplayOptions options = Read(parsed);
            ReplayReport report = await RunAsync(parsed, terminal, progress =>
                ReplayRunner.RunAsync(options, progress, signals.Token));
            await PrintAsync(
                parsed, terminal, report.ToJson, ReplayReport.TableHeader, report.TableRows(), Remarks(report));
        }

        return ExitCodes.Ok;
    }

    private Task<T> RunAsync<T>(ParseResult parsed, Terminal terminal, Func<Action<ReplayProgress>?, Task<T>> run) =>
        parsed.GetValue(_json)
            ? run(null)
            : terminal.ProgressAsync($"replay {_dataset.NameIn(parsed)}", ProgressSteps, progress =>
                run(step => progress.Report((long)(step.Share * ProgressSteps))));

    private ReplayOptions Read(ParseResult parsed) => new(_dataset.Read(parsed))
    {
        HalfLives = Memory(parsed)?.HalfLives ?? CommandOptions.ToTimeSpans(parsed.GetValue(_halfLives)!),
        Sources = parsed.GetValue(_policy) is { } file
            ? PolicyFiles.ReadPolicies(file).Policies[0].Policy.Sources
            : Weights(parsed),
        Memory = Memory(parsed) ?? new MemorySchema(),
        SwapModelFolder = parsed.GetValue(_swapModel),
        RecentWindow = parsed.GetValue(_recentWindow),
    };

    private SourcePolicy Weights(ParseResult parsed) => parsed.GetValue(_weights) ?? SourcePolicy.VectorAlone;

    /// <summary>Every policy of a document, with its lists made as it says.</summary>
    private IEnumerable<ServedModel> Models(ParseResult parsed, PolicySet set, string file) =>
        set.Policies.Select(share => Model(parsed, share.Policy.Sources) with
        {
            Lists = share.Policy,
            Name = set.Policies.Count == 1 ? Path.GetFileNameWithoutExtension(file) : share.Name,
        });

    private ServedModel Model(ParseResult parsed, SourcePolicy sources)
    {
        MemorySchema? memory = Memory(parsed);
        IReadOnlyList<TimeSpan> bank = memory?.HalfLives ?? CommandOptions.ToTimeSpans(parsed.GetValue(_halfLives)!);
        return new ServedModel(bank[0], sources) { Memory = memory, HalfLives = bank };
    }

    private MemorySchema? Memory(ParseResult parsed) =>
        parsed.GetValue(_memory) is { } file ? PolicyFiles.ReadMemorySchema(file) : null;

    private static List<string> Remarks(ReplayReport report)
    {
        var remarks = new List<string>
        {
            $"{report.Dataset}, split {report.Split}: {report.RowCount:N0} rows, {report.UserCount:N0} users, "
            + $"{report.ItemCount:N0} items; {report.QueryCount:N0} queries, "
            + $"{report.TrainingRowCount:N0} training rows.",
        };
        if (report.BadRowCount > 0)
        {
            remarks.Add($"{report.BadRowCount:N0} rows could not be read, the first: {report.BadRows[0]}");
        }

        return [.. remarks, .. report.Notes];
    }

    /// <summary>The first remark above the table, the others below it; or JSON alone.</summary>
    private async Task PrintAsync(
        ParseResult parsed, Terminal terminal, Func<string> toJson, IReadOnlyList<string> header,
        IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<string> remarks)
    {
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(toJson());
            return;
        }

        terminal.Console.WriteLine(remarks[0]);
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in header)
        {
            table.AddColumn(new TableColumn(new Text(heading)).NoWrap());
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        terminal.Console.Write(table);
        foreach (string remark in remarks.Skip(1))
        {
            terminal.Console.WriteLine(remark);
        }
    }
}
