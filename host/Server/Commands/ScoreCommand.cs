using System.CommandLine;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Scoring;
using Ebb.Server.Hosting;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb score</c>: users as JSON lines in, lists as JSON lines out. The work is <see cref="ScoreRunner"/>'s.
/// </summary>
internal sealed class ScoreCommand
{
    private readonly Option<string> _vectors = new("--vectors")
    {
        Description = "Item vectors, .npy or .npy.gz.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _ids = new("--ids")
    {
        Description = "Item ids, a line a vector.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<HumanDuration> _halfLife =
        CommandOptions.Duration("--half-life", "How long until an event counts half.", TimeSpan.FromDays(30));

    private readonly Option<int> _count =
        CommandOptions.Count("--k", "Items of a list.", (1, RecommendQuery.CountMax), 20);

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Where scores are computed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong(BackendChoice.Names);

    private ScoreCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var score = new ScoreCommand();
        var command = new Command("score", "Lists for users given as JSON lines on standard input.")
        {
            score._vectors, score._ids, score._halfLife, score._count, score._backend,
        };
        command.SetAction((parsed, cancellation) => score.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        var options = new ScoreOptions
        {
            VectorsPath = parsed.GetValue(_vectors)!,
            IdsPath = parsed.GetValue(_ids)!,
            HalfLife = parsed.GetValue(_halfLife).Value,
            Count = parsed.GetValue(_count),
            Backend = BackendChoice.Resolve(parsed.GetValue(_backend)!),
        };
        ScoreSummary summary =
            await ScoreRunner.RunAsync(options, terminal.In, terminal.Out, terminal.Error, signals.Token);
        await terminal.Out.FlushAsync(CancellationToken.None);
        return summary.LinesFailed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
