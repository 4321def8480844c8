using System.Globalization;
using Spectre.Console;

namespace Ebb.Bench.Load;

/// <summary>A run's result as a table.</summary>
internal static class ResultPrinter
{
    private static readonly string[] Headings = ["latency, ms", "count", "p50", "p90", "p99", "p99.9", "max"];

    public static void Print(LoadResult result, IAnsiConsole console)
    {
        console.WriteLine(
            $"offered {result.OfferedRate:N0}/s, achieved {result.AchievedRate:N0}/s "
            + $"({result.Offered:N0} offered, {result.Answered:N0} answered, {result.Dropped:N0} dropped, "
            + $"{result.Unanswered:N0} unanswered)");
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in Headings)
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        table.Columns[0].LeftAligned();
        foreach (LatencyLine line in result.Verbs.Append(result.Lag))
        {
            table.AddRow(
                line.Name, line.Count.ToString("N0", CultureInfo.InvariantCulture), Ms(line.P50Us), Ms(line.P90Us),
                Ms(line.P99Us), Ms(line.P999Us), Ms(line.MaxUs));
        }

        console.Write(table);
        console.WriteLine(
            "server since it began: " + string.Join(", ", result.Server.Select(stat => $"{stat.Key} {stat.Value}")));
        foreach ((string name, long count) in result.Errors)
        {
            console.WriteLine($"error {name}: {count:N0}");
        }
    }

    private static string Ms(double micros) => (micros / 1000).ToString("0.000", CultureInfo.InvariantCulture);
}
