using System.CommandLine;
using System.Globalization;
using Ebb.Client;
using Ebb.Engine.Portrait;
using Ebb.Evaluation.Portrait;
using Ebb.Server.Hosting;
using Ebb.Server.Loading;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb portrait</c>: which features of behaviour foretell a change of interest, as a small tree trained on a log.
/// The work is <see cref="PortraitRunner"/>'s.
/// </summary>
internal sealed class PortraitCommand
{
    private const int ProgressSteps = 1000;
    private const double DriftMax = 2;

    private readonly DatasetOptions _dataset = new(TimeSpan.FromHours(6));

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Write the tree here; ebb serve --portrait serves it.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _attributes = new("--attributes")
    {
        Description = "Categories of the items, as ebb load reads them. Default: the data set's own, or clusters of its"
            + " vectors.",
        HelpName = "FILE",
    };

    private readonly Option<HumanDuration> _window = CommandOptions.Duration(
        "--window", "How far the label looks ahead of a moment.", TimeSpan.FromDays(30));

    private readonly Option<HumanDuration> _halfLife = CommandOptions.Duration(
        "--half-life", "Half-life of the masses that features are made of.", TimeSpan.FromDays(30));

    private readonly Option<int> _recent = CommandOptions.Count(
        "--recent-events", "Last events of a user that features look at; no more than the server remembers.",
        (1, Engine.Interest.MemorySchema.RecentEventCountMax), 32);

    private readonly Option<int> _depth = CommandOptions.Count(
        "--depth", "Questions of a rule at most.", (1, CartOptions.DepthMaxMax), new CartOptions().DepthMax);

    private readonly Option<int> _leaf = CommandOptions.Count(
        "--leaf", "Moments that a rule needs.", (1, int.MaxValue), new CartOptions().LeafMin);

    private readonly Option<double?> _drift = new("--drift")
    {
        Description = "A change is a cosine distance of at least this between category weights before and after."
            + " Default: the top category is another.",
        HelpName = "DISTANCE",
        Validators =
        {
            result =>
            {
                bool isNumber = double.TryParse(
                    result.Tokens.Count > 0 ? result.Tokens[0].Value : "", CultureInfo.InvariantCulture,
                    out double from);
                if (!isNumber || from is not (> 0 and <= DriftMax))
                {
                    result.AddError("--drift: a number above 0, up to 2, is wanted.");
                }
            },
        },
    };

    private PortraitCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var portrait = new PortraitCommand();
        var command = new Command("portrait", "Train a small tree that says what foretells a change of interest.")
        {
            portrait._out, portrait._attributes, portrait._window, portrait._halfLife, portrait._recent,
            portrait._depth, portrait._leaf, portrait._drift,
        };
        portrait._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => portrait.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        TimeSpan window = Span(parsed, _window);
        var options = new PortraitOptions(_dataset.Read(parsed))
        {
            Rule = new FeatureRule
            {
                HalfLife = Span(parsed, _halfLife),
                RememberedEvents = parsed.GetValue(_recent),
                Window = window,
            },
            Label = new ChangeLabel { DriftFrom = parsed.GetValue(_drift) },
            Cart = new CartOptions { DepthMax = parsed.GetValue(_depth), LeafMin = parsed.GetValue(_leaf) },
            Categories = parsed.GetValue(_attributes) is { } path ? AttributeTable.Read(path).Categories() : null,
        };
        PortraitReport report = await terminal.ProgressAsync(
            $"portrait {_dataset.NameIn(parsed)}", ProgressSteps, progress => Task.Run(
                () => PortraitRunner.Run(
                    options, step => progress.Report((long)(step.Share * ProgressSteps)), signals.Token),
                signals.Token));
        Print(report, terminal.Console);
        if (parsed.GetValue(_out) is { } file)
        {
            await File.WriteAllTextAsync(file, ChangeTreeDocument.Write(report.Tree), signals.Token);
            terminal.Console.WriteLine($"Written: {file}");
        }

        return ExitCodes.Ok;
    }

    private static TimeSpan Span(ParseResult parsed, Option<HumanDuration> option)
    {
        TimeSpan span = parsed.GetValue(option).Value;
        return span > TimeSpan.Zero && span < TimeSpan.FromDays(36_500)
            ? span
            : throw new CliException($"{option.Name} {HumanDuration.Format(span)}", "name a time under a century");
    }

    private static void Print(PortraitReport report, IAnsiConsole console)
    {
        TreeQuality quality = report.Tree.Quality!;
        DateTimeOffset split = DateTimeOffset.FromUnixTimeMilliseconds(report.SplitMs);
        console.WriteLine(
            Of($"{report.Dataset}: {report.UserCount:N0} users; {quality.TrainCount:N0} moments before ")
            + Of($"{split:yyyy-MM-dd HH:mm} to train on, {quality.TestCount:N0} after it; {report.Categories}."));
        console.WriteLine(
            Of($"A change: {LabelName(report.Tree)} within {HumanDuration.Format(report.Tree.Rule.Window)}; ")
            + Of($"{report.Tree.BaseRate:P1} in training, {quality.TestRate:P1} in the test part."));
        console.WriteLine(
            Of($"Test part: AUC {quality.Auc:0.000} ± {quality.AucError:0.000}, accuracy {quality.Accuracy:0.000} ")
            + Of($"(always the same answer: {quality.BaseAccuracy:0.000}), Brier {quality.Brier:0.0000} ")
            + Of($"(base rate: {quality.BaseBrier:0.0000})."));
        console.WriteLine();
        foreach ((string feature, double share) in report.Tree.Importances())
        {
            string meaning = BehaviourFeatures.Meanings[BehaviourFeatures.IndexOf(feature)];
            console.WriteLine(Of($"{share,6:P0}  {feature}: {meaning}"));
        }

        console.WriteLine();
        foreach (ChangeForecast rule in report.Tree.Rules())
        {
            IEnumerable<string> conditions = rule.Conditions.Select(one =>
                new EbbRuleCondition(one.Feature, one.Low, one.High, one.Value).Describe());
            string when = rule.Conditions.Count == 0 ? "always" : string.Join(" and ", conditions);
            console.WriteLine(Of($"{rule.Probability,6:P1} of {rule.TrainedCount:N0}: {when}"));
        }
    }

    private static string LabelName(ChangeTree tree) => tree.Label.DriftFrom is { } from
        ? Of($"category weights at least {from:0.##} away")
        : "another top category";

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture).Replace(" %", "%");
}
