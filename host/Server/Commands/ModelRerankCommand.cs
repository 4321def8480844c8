using System.CommandLine;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb model rerank</c>: trains a re-ranker on the lists of the validation slice as a policy's blend makes them, and
/// adds it to the bundle and to its <c>learning/</c>.
/// </summary>
internal sealed class ModelRerankCommand
{
    private const int ProgressSteps = 1000;

    private readonly DatasetOptions _dataset = new(MemorySchema.Never);

    private readonly Option<string> _policy = new("--policy")
    {
        Description = "The policy document whose blend makes the lists, as ebb fit --model wrote it.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _memory = new("--memory-schema")
    {
        Description = "The memory schema that ebb fit wrote with it.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<int> _questions = CommandOptions.Count(
        "--questions", "Questions of the validation slice, at most.", (10, int.MaxValue), 4000);

    private readonly Option<string> _python = new("--python")
    {
        Description = "A Python that has PyTorch.",
        HelpName = "PROGRAM",
        DefaultValueFactory = _ => "python3",
    };

    private readonly Argument<string[]> _rest = new("SCRIPT-OPTIONS")
    {
        Description = "After --: options of the script, as --epochs 15 --rate 0.002.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private ModelRerankCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var rerank = new ModelRerankCommand();
        var command = new Command("rerank", "Train a re-ranker on a data set and add it to a model bundle.")
        {
            rerank._policy, rerank._memory, rerank._questions, rerank._python, rerank._rest,
        };
        rerank._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => rerank.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        MemorySchema memory = PolicyFiles.ReadMemorySchema(parsed.GetValue(_memory)!);
        var options = new FitOptions(_dataset.Read(parsed))
        {
            Memory = memory,
            QueryCountMax = parsed.GetValue(_questions),
        };
        string folder = options.ModelFolder
            ?? throw new CliException("no bundle is named", "name the bundle to add to with --model");
        var model = new ServedModel(
            memory.HalfLives[0], PolicyFiles.ReadPolicies(parsed.GetValue(_policy)!).Policies[0].Policy.Sources)
        {
            Memory = memory,
            HalfLives = memory.HalfLives,
        };
        using var scratch = new TemporaryFolder("ebb-rerank-");
        string table = Path.Combine(scratch.Path, "lists.npy");
        int lists = await terminal.ProgressAsync("lists", ProgressSteps, progress => ReRankTable.WriteAsync(
            options, model, table, step => progress.Report((long)(step.Share * ProgressSteps)), signals.Token));
        terminal.Console.WriteLine($"{_dataset.NameIn(parsed)}: {lists:N0} lists to learn from.");
        string[] arguments =
        [
            table, "--bundle", Path.GetFullPath(folder), "--bundle", Path.GetFullPath(Path.Combine(folder, "learning")),
            "--features", string.Join(',', ReRankFeatures.Names), .. parsed.GetValue(_rest) ?? [],
        ];
        await new TrainingScript(parsed.GetValue(_python)!, terminal, "reranking.py").RunAsync(
            arguments, signals.Token);
        using var encoder = ModelChoice.Load(folder, "cpu");
        terminal.Console.WriteLine("Written and checked: " + encoder.Describe());
        return ExitCodes.Ok;
    }
}
