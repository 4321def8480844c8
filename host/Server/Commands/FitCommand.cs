using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Policy;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb fit</c>: half-life and blend for a deployment, from a validation slice of its own past. The work is
/// <see cref="FitRunner"/>'s.
/// </summary>
internal sealed class FitCommand
{
    private const int ProgressSteps = 1000;
    private const int BarWidth = 40;

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

    private readonly Option<string> _policyOut = new("--out")
    {
        Description = "Write the policy here.",
        HelpName = "FILE",
    };

    private readonly Option<string> _svgOut = new("--svg")
    {
        Description = "Draw the sweep here.",
        HelpName = "FILE",
    };

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Where scores are computed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong(BackendChoice.Names);

    private FitCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var fit = new FitCommand();
        var command = new Command("fit", "Find half-life and blend on a slice of the training part, write a policy.")
        {
            fit._dataset, fit._data, fit._vectors, fit._ids, fit._policyOut, fit._svgOut, fit._backend,
        };
        command.SetAction((parsed, cancellation) => fit.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        _ = DatasetNames.TryParse(parsed.GetValue(_dataset), out DatasetKind kind);
        var options = new FitOptions
        {
            Dataset = kind,
            DataPath = parsed.GetValue(_data)!,
            VectorsPath = parsed.GetValue(_vectors),
            IdsPath = parsed.GetValue(_ids),
            Backend = BackendChoice.Resolve(parsed.GetValue(_backend)!),
        };
        FitReport report = await terminal.ProgressAsync($"fit {parsed.GetValue(_dataset)}", ProgressSteps, progress =>
            FitRunner.RunAsync(options, step => progress.Report((long)(step.Share * ProgressSteps)), signals.Token));
        Print(report, terminal.Console);
        if (parsed.GetValue(_svgOut) is { } svg)
        {
            await File.WriteAllTextAsync(svg, SweepPlot.ToSvg(report), signals.Token);
        }

        if (parsed.GetValue(_policyOut) is { } file)
        {
            await File.WriteAllTextAsync(
                file, SourceDocument.WritePolicy("fitted", report.Model.Sources), signals.Token);
            terminal.Console.WriteLine(
                $"Written: {file}. The half-life belongs to the memory schema: "
                + $"\"half_lives\": [\"{HalfLifeText.Format(report.Model.HalfLife)}\"].");
        }

        return ExitCodes.Ok;
    }

    private static void Print(FitReport report, IAnsiConsole console)
    {
        console.WriteLine(
            $"{report.Dataset}: {report.LearningRowCount:N0} rows to learn from, {report.QueryCount:N0} questions; "
            + "Recall@20 of the validation slice.");
        console.WriteLine();
        double best = report.Sweep.Max(point => point.Recall20.Mean);
        foreach (SweepPoint point in report.Sweep)
        {
            string bar = new('█', (int)Math.Round(BarWidth * point.Recall20.Mean / Math.Max(best, 1e-9)));
            string mark = point.Recall20.Mean == best ? " ◄" : "";
            console.WriteLine($"half-life {HalfLifeText.Format(point.HalfLife),-6} {Cell(point.Recall20)} {bar}{mark}");
        }

        console.WriteLine();
        foreach (FitStep step in report.Steps)
        {
            console.WriteLine($"{step.Change,-28} {Cell(step.Recall20)}");
        }

        console.WriteLine();
        console.WriteLine($"{report.Model.Describe()}: {Cell(report.Recall20)} ({report.MeasuredCount} blends tried)");
        console.WriteLine("--weights " + SourceText.Format(report.Model.Sources));
    }

    private static string Cell(MetricEstimate estimate) =>
        string.Create(CultureInfo.InvariantCulture, $"{estimate.Mean:0.000} ±{estimate.StandardError:0.000}");
}
