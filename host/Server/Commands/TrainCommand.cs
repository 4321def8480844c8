using System.CommandLine;
using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Portrait;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb train</c>: a model bundle from the training part of a data set. Writes that part as event CSV and runs the
/// scripts of engine/Encoding/Training, which need Python with PyTorch. --model names the bundle to go on from.
/// </summary>
internal sealed class TrainCommand
{
    private readonly TrainingOptions _training = new();
    private readonly ReRankStage _reRank = new(isRequired: false);

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the bundle; inside it 'learning', the same without the validation part.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<string?> _served = new("--served")
    {
        Description = "Copy what serving reads of the bundle here, without what it takes to go on from it.",
        HelpName = "DIR",
    };

    private readonly Option<string> _name = new("--name")
    {
        Description = "The model's name, for the manifest and the log. Default: the data set's.",
    };

    private readonly Option<string> _licence = new("--licence")
    {
        Description = "Of the data, which the weights take over, for the manifest.",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<bool> _portrait = new("--portrait")
    {
        Description = "Add a change tree, as ebb portrait trains it.",
    };

    private TrainCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var train = new TrainCommand();
        var command = new Command("train", "Train a sequence encoder on a data set, write a model bundle.")
        {
            train._out, train._served, train._name, train._licence, train._portrait,
        };
        train._reRank.AddTo(command);
        train._training.AddTo(command);
        command.SetAction((parsed, cancellation) => train.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        ServedModel? blend = _reRank.Read(parsed);
        string bundle = Path.GetFullPath(parsed.GetValue(_out)!);
        using var folder = new TemporaryFolder("ebb-train-");
        List<string> arguments = await Task.Run(
            () => Prepare(parsed, terminal, folder.Path, signals.Token), signals.Token);
        arguments.AddRange(["--out", bundle, .. _training.RestIn(parsed)]);
        await _training.Script(parsed, terminal, "train.py").RunAsync(arguments, signals.Token);
        if (blend is not null)
        {
            await _reRank.RunAsync(parsed, _training, (bundle, blend, []), terminal, signals.Token);
        }

        TrainingOptions.Check(bundle, terminal);
        if (parsed.GetValue(_served) is { } served)
        {
            ModelFolder.CopyServed(bundle, served);
            TrainingOptions.Check(served, terminal);
        }

        return ExitCodes.Ok;
    }

    /// <summary>Writes what the script reads; returns its arguments.</summary>
    private List<string> Prepare(
        ParseResult parsed, Terminal terminal, string folder, CancellationToken cancellation)
    {
        var data = new FitOptions(_training.Read(parsed));
        string name = _training.NameIn(parsed);
        string events = Path.Combine(folder, "events.csv");
        int rows = TrainingEvents.Write(data, events);
        terminal.Console.WriteLine($"{name}: {rows:N0} events to learn from.");
        List<string> arguments =
        [
            events, "--name", parsed.GetValue(_name) ?? name, "--dataset", name,
            "--licence", parsed.GetValue(_licence)!,
        ];
        arguments.AddRange(data.Dataset == DatasetKind.OnlineRetail ? ["--baskets"] : []);
        arguments.AddRange(data.ExcludesHistory ? ["--exclude-history"] : []);
        arguments.AddRange(data.ModelFolder is { } before ? ["--warm", Path.GetFullPath(before)] : []);
        string titles = Path.Combine(folder, "titles.csv");
        string categories = Path.Combine(folder, "categories.csv");
        arguments.AddRange(TrainingItems.WriteTitles(data, titles) ? ["--texts", titles] : []);
        arguments.AddRange(TrainingItems.WriteCategories(data, categories) ? ["--categories", categories] : []);
        if (parsed.GetValue(_portrait))
        {
            string tree = Path.Combine(folder, "portrait.json");
            PortraitReport report = PortraitRunner.Run(new PortraitOptions(data), null, cancellation);
            File.WriteAllText(tree, ChangeTreeDocument.Write(report.Tree));
            arguments.AddRange(["--portrait", tree]);
        }

        return arguments;
    }
}
