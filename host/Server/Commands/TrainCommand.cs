using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb train</c>: a sequence encoder from the training part of a data set. Writes that part as event CSV and runs
/// the script of engine/Encoding/Training, which needs Python with PyTorch. --model names the bundle to go on from.
/// </summary>
internal sealed class TrainCommand
{
    private readonly DatasetOptions _dataset = new(MemorySchema.Never);

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the bundle; inside it 'learning', the same without the validation part.",
        HelpName = "DIR",
        Required = true,
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

    private readonly Option<string> _python = new("--python")
    {
        Description = "A Python that has PyTorch.",
        HelpName = "PROGRAM",
        DefaultValueFactory = _ => "python3",
    };

    private readonly Argument<string[]> _rest = new("SCRIPT-OPTIONS")
    {
        Description = "After --: options of the script, as --model attention --epochs 20 --warm DIR (its --help).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private TrainCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var train = new TrainCommand();
        var command = new Command("train", "Train a sequence encoder on a data set, write a model bundle.")
        {
            train._out, train._name, train._licence, train._python, train._rest,
        };
        train._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => train.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        var data = new FitOptions(_dataset.Read(parsed));
        using var folder = new TemporaryFolder("ebb-train-");
        string events = Path.Combine(folder.Path, "events.csv");
        int rows = await Task.Run(() => TrainingEvents.Write(data, events), signals.Token);
        terminal.Console.WriteLine($"{_dataset.NameIn(parsed)}: {rows:N0} events to learn from.");
        List<string> arguments =
        [
            events, "--out", Path.GetFullPath(parsed.GetValue(_out)!),
            "--name", parsed.GetValue(_name) ?? _dataset.NameIn(parsed),
            "--dataset", _dataset.NameIn(parsed), "--licence", parsed.GetValue(_licence)!,
        ];
        if (data.Dataset == DatasetKind.OnlineRetail)
        {
            arguments.Add("--baskets");
        }

        if (data.ExcludesHistory)
        {
            arguments.Add("--exclude-history");
        }

        if (data.ModelFolder is { } before)
        {
            arguments.AddRange(["--warm", Path.GetFullPath(before)]);
        }

        string titles = Path.Combine(folder.Path, "titles.csv");
        string categories = Path.Combine(folder.Path, "categories.csv");
        arguments.AddRange(TrainingItems.WriteTitles(data, titles) ? ["--texts", titles] : []);
        arguments.AddRange(TrainingItems.WriteCategories(data, categories) ? ["--categories", categories] : []);
        arguments.AddRange(parsed.GetValue(_rest) ?? []);
        await new TrainingScript(parsed.GetValue(_python)!, terminal).RunAsync(arguments, signals.Token);
        using var encoder = ModelChoice.Load(parsed.GetValue(_out)!, "cpu");
        terminal.Console.WriteLine("Written and checked: " + encoder.Describe());
        return ExitCodes.Ok;
    }
}
