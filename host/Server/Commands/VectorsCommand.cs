using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Evaluation.Fit;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary><c>ebb vectors</c>: item vectors from a log alone. The work is <see cref="VectorsRunner"/>'s.</summary>
internal sealed class VectorsCommand
{
    private readonly DatasetOptions _dataset = new(MemorySchema.Never);

    private readonly Option<string> _out = new("--out")
    {
        Description = "The vectors, .npy or .npy.gz; the ids go to items_ids.txt beside it unless --ids names a file.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<int> _dimension = CommandOptions.Count("--dimension", "Dimension.", (1, 1024), 64);

    private readonly Option<int> _window = CommandOptions.Count(
        "--window", "Rows of one user at most this far apart are done together.", (1, 1000), 10);

    private readonly Option<int> _seed = CommandOptions.Count(
        "--seed", "The same log and seed give the same vectors.", (0, int.MaxValue), 42);

    private VectorsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var vectors = new VectorsCommand();
        var command = new Command("vectors", "Make item vectors from what was done together in a log.")
        {
            vectors._out, vectors._dimension, vectors._window, vectors._seed,
        };
        vectors._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => vectors.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        string path = parsed.GetValue(_out)!;
        EvaluationOptions data = _dataset.Read(parsed);
        string ids = data.IdsPath ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "items_ids.txt");
        var options = new VectorsOptions(data, path, ids)
        {
            Dimension = parsed.GetValue(_dimension),
            Window = parsed.GetValue(_window),
            Seed = parsed.GetValue(_seed),
        };
        VectorsReport report = await Task.Run(() => VectorsRunner.Run(options), signals.Token);
        terminal.Console.WriteLine(
            $"{report.ItemCount:N0} items, {report.KnownCount:N0} of them seen in {report.RowCount:N0} training rows: "
            + $"{path}, ids in {ids}.");
        return ExitCodes.Ok;
    }
}
