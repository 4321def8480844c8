using System.CommandLine;
using System.Globalization;
using Ebb.Evaluation.Segments;
using Ebb.Server.Hosting;
using Ebb.Server.Loading;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb segments</c>: groups of users who like the same categories, found in a log and named. The work is
/// <see cref="SegmentRunner"/>'s.
/// </summary>
internal sealed class SegmentsCommand
{
    private const int ProgressSteps = 1000;

    private readonly DatasetOptions _dataset = new(TimeSpan.FromHours(6));

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Write user,segment as CSV here: what a client gives as segment with its requests.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _attributes = new("--attributes")
    {
        Description = "Categories of the items, as ebb load reads them. Default: the data set's own, or clusters of its"
            + " vectors.",
        HelpName = "FILE",
    };

    private readonly Option<int> _count = CommandOptions.Count("--count", "Segments.", (1, 256), 8);

    private readonly Option<int> _seed = CommandOptions.Count(
        "--seed", "The same log and seed give the same segments.", (0, int.MaxValue), 42);

    private SegmentsCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var segments = new SegmentsCommand();
        var command = new Command("segments", "Find and name groups of users who like the same categories.")
        {
            segments._out, segments._attributes, segments._count, segments._seed,
        };
        segments._dataset.AddTo(command);
        command.SetAction((parsed, cancellation) => segments.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        var options = new SegmentOptions(_dataset.Read(parsed))
        {
            Count = parsed.GetValue(_count),
            Seed = parsed.GetValue(_seed),
            Categories = parsed.GetValue(_attributes) is { } path ? AttributeTable.Read(path).Categories() : null,
        };
        SegmentReport report = await terminal.ProgressAsync(
            $"segments {_dataset.NameIn(parsed)}", ProgressSteps, progress => Task.Run(
                () => SegmentRunner.Run(options, step => progress.Report((long)(step.Share * ProgressSteps))),
                signals.Token));
        Print(report, terminal.Console);
        if (parsed.GetValue(_out) is { } file)
        {
            IEnumerable<string> lines = report.Users.Select(one => $"{Csv(one.User)},{Csv(one.Segment)}");
            await File.WriteAllLinesAsync(file, lines.Prepend("user,segment"), signals.Token);
            terminal.Console.WriteLine($"Written: {file}");
        }

        return ExitCodes.Ok;
    }

    private static void Print(SegmentReport report, IAnsiConsole console)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Dataset}: {report.Users.Count:N0} of {report.UserCount:N0} users in {report.Segments.Count}"
            + $" segments, which explain {report.Explained:0.00} of their spread; {report.Categories}."));
        Table table = new Table().Border(TableBorder.Simple).AddColumns("segment", "users", "likes (everybody)");
        foreach (FoundSegment segment in report.Segments)
        {
            IEnumerable<string> likes = segment.Categories.Select(one => string.Create(
                CultureInfo.InvariantCulture, $"{one.Category} {one.Share:0.00} ({one.Population:0.00})"));
            string[] cells =
            [
                segment.Name, segment.UserCount.ToString("N0", CultureInfo.InvariantCulture), string.Join(", ", likes),
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static string Csv(string text) =>
        text.AsSpan().IndexOfAny(",\"\n") >= 0 ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
