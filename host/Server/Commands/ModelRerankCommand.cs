using System.CommandLine;
using Ebb.Server.Hosting;

namespace Ebb.Server.Commands;

/// <summary><c>ebb model rerank</c>: a re-ranker for a bundle that has none, or another one.</summary>
internal sealed class ModelRerankCommand
{
    private readonly TrainingOptions _training = new();
    private readonly ReRankStage _stage = new(isRequired: true);

    private ModelRerankCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var rerank = new ModelRerankCommand();
        var command = new Command("rerank", "Train a re-ranker on a data set and add it to a model bundle.");
        rerank._stage.AddTo(command);
        rerank._training.AddTo(command);
        command.SetAction((parsed, cancellation) => rerank.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        string folder = _training.Read(parsed).ModelFolder
            ?? throw new CliException("no bundle is named", "name the bundle to add to with --model");
        await _stage.RunAsync(
            parsed, _training, (folder, _stage.Read(parsed)!, _training.RestIn(parsed)), terminal, signals.Token);
        TrainingOptions.Check(folder, terminal);
        return ExitCodes.Ok;
    }
}
