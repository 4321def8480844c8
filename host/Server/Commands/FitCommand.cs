using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb fit</c>: half-life, blend, attention, ε_keep and calibration for a deployment, from a validation slice of its
/// own past. The work is <see cref="FitRunner"/>'s.
/// </summary>
internal sealed class FitCommand
{
    private const int ProgressSteps = 1000;
    private const int BarWidth = 40;

    private readonly DatasetOptions _dataset = new(TimeSpan.FromHours(6));

    private readonly Option<string> _policyOut = new("--out")
    {
        Description = "Write the policy here.",
        HelpName = "FILE",
    };

    private readonly Option<string> _memoryOut = new("--memory-out")
    {
        Description = "Write the memory schema that the policy meets here: half-lives belong to it.",
        HelpName = "FILE",
    };

    private readonly Option<string> _svgOut = new("--svg")
    {
        Description = "Draw the sweep here.",
        HelpName = "FILE",
    };

    private readonly Option<HumanDuration[]?> _halfLives = CommandOptions.Durations(
        "--half-life", "The half-lives of the sweep. Default: ten from 10 s to 90 d, and never.", null);

    private readonly Option<int> _recent = CommandOptions.Count(
        "--recent-events", "Events of each user that are remembered one by one.",
        (1, MemorySchema.RecentEventCountMax), 32);

    private readonly Option<int> _questions = CommandOptions.Count(
        "--questions", "Questions of the validation slice that are asked, at most.", (1, int.MaxValue), 2500);

    private FitCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var fit = new FitCommand();
        var command = new Command("fit", "Find half-life and blend on a slice of the training part, write a policy.")
        {
            fit._policyOut, fit._memoryOut, fit._svgOut, fit._halfLives, fit._questions, fit._recent,
        };
        fit._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => fit.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        var options = new FitOptions(_dataset.Read(parsed))
        {
            Memory = new MemorySchema { RecentEventCount = parsed.GetValue(_recent) },
            QueryCountMax = parsed.GetValue(_questions),
            HalfLives = parsed.GetValue(_halfLives) is { Length: > 0 } given
                ? CommandOptions.ToTimeSpans(given)
                : FitOptions.DefaultHalfLives,
        };
        FitReport report = await terminal.ProgressAsync($"fit {_dataset.NameIn(parsed)}", ProgressSteps, progress =>
            FitRunner.RunAsync(options, step => progress.Report((long)(step.Share * ProgressSteps)), signals.Token));
        Print(report, terminal.Console);
        if (parsed.GetValue(_svgOut) is { } svg)
        {
            await File.WriteAllTextAsync(svg, SweepPlot.ToSvg(report), signals.Token);
        }

        if (parsed.GetValue(_policyOut) is { } file)
        {
            await File.WriteAllTextAsync(file, FittedDocuments.WritePolicy(report.Served), signals.Token);
            terminal.Console.WriteLine($"Written: {file}");
        }

        if (parsed.GetValue(_memoryOut) is { } memory)
        {
            await File.WriteAllTextAsync(memory, FittedDocuments.WriteMemory(report.Served), signals.Token);
            terminal.Console.WriteLine($"Written: {memory}");
        }

        return ExitCodes.Ok;
    }

    private static void Print(FitReport report, IAnsiConsole console)
    {
        console.WriteLine(
            $"{report.Dataset}: {report.LearningRowCount:N0} rows to learn from, {report.QueryCount:N0} questions; "
            + "Recall@20 of the validation slice.");
        console.WriteLine(
            $"Half-lives: {report.SweepQuestionCount:N0} questions, of that slice and of slices before it.");
        console.WriteLine();
        double best = report.Sweep.Max(point => point.Recall20.Mean);
        foreach (SweepPoint point in report.Sweep)
        {
            string bar = new('█', (int)Math.Round(BarWidth * point.Recall20.Mean / Math.Max(best, 1e-9)));
            string mark = point.Recall20.Mean == best ? " ◄" : "";
            string over = point.OverNever is { } difference && point.HalfLife != MemorySchema.Never
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $" {difference.Mean:+0.000;-0.000;0.000} ±{difference.StandardError:0.000} over never")
                : "";
            console.WriteLine(
                $"half-life {DurationText.Format(point.HalfLife),-6} {Cell(point.Recall20)} {bar}{mark}{over}");
        }

        PrintCurves(report, console);
        FitFindings.PrintAxes(report, console);
        FitFindings.PrintRates(report, console);
        PrintIntensities(report, console);
        console.WriteLine();
        foreach (FitStep step in report.Steps)
        {
            console.WriteLine($"{step.Change,-28} {Cell(step.Recall20)}");
        }

        console.WriteLine();
        FitFindings.PrintServing(report, console);
        console.WriteLine($"{report.Model.Describe()}: {Cell(report.Recall20)} ({report.MeasuredCount} blends tried)");
        console.WriteLine("--weights " + SourceText.Format(report.Model.Sources));
    }

    private static void PrintCurves(FitReport report, IAnsiConsole console)
    {
        console.WriteLine();
        foreach (CurveTrial trial in report.Curves)
        {
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{trial.Name,-24} {Cell(trial.Recall20)} {trial.OverExponential.Mean:+0.000;-0.000;0.000}"
                + $" ±{trial.OverExponential.StandardError:0.000} over the exponential,"
                + $" half-lives {string.Join(", ", trial.HalfLives.Select(DurationText.Format))}"));
        }

        string chosen = report.Model.Lists?.Curve is { } curve
            ? report.Curves.First(trial => trial.Curve == curve).Name
            : $"one exponential, half-life {DurationText.Format(report.Model.HalfLife)}";
        console.WriteLine("chosen: " + chosen);
        console.WriteLine();
    }

    private static void PrintIntensities(FitReport report, IAnsiConsole console)
    {
        foreach (IntensityFit fit in report.Intensities)
        {
            TimeSpan halfLife = DurationText.Round(TimeSpan.FromMilliseconds(
                Math.Clamp(fit.HalfLifeMs, 1, TimeSpan.FromDays(36_500).TotalMilliseconds)));
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"staying in {fit.Name,-11} {fit.Amplitude:0.000}·2^(−t/{DurationText.Format(halfLife)})"
                + $" + {fit.Floor:0.000}, residual {fit.Residual:0.0000}, explains {fit.Explained:P0}"
                + $" of {fit.Points.Count} points"));
        }
    }

    private static string Cell(MetricEstimate estimate) =>
        string.Create(CultureInfo.InvariantCulture, $"{estimate.Mean:0.000} ±{estimate.StandardError:0.000}");
}
