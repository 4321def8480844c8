using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Protocol;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>The tables of <c>ebb experiments</c>. Stateless.</summary>
internal static class ExperimentTables
{
    private const int AuditRowsMax = 20;

    private static readonly string[] Decisions = ["new", "keep", "refresh", "diversify", "popular"];

    public static void Print(EbbExperiment one, IAnsiConsole console)
    {
        string end = one.End is { } moment ? $" to {Moment(moment)}" : "";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name}: {one.Metric}, {one.State}, {Moment(one.Start)}{end}, alpha {one.Alpha} over all looks"));
        Table table = new Table().Border(TableBorder.Simple).AddColumns(
            "arm", "users", "shown", "clicks", "bought", "rate", "95 % now", "to control", "always valid", "p",
            "verdict");
        foreach (EbbExperimentArm arm in one.Arms)
        {
            Add(
                table, arm.Policy, Whole(arm.Users), Whole(arm.Impressions), Whole(arm.Clicks), Whole(arm.Conversions),
                Figure(arm.Rate), $"{Figure(arm.Low)} {Figure(arm.High)}", Signed(arm.Difference),
                arm.DifferenceLow is null ? "" : $"{Signed(arm.DifferenceLow)} {Signed(arm.DifferenceHigh)}",
                arm.LeastP?.ToString("0.####", CultureInfo.InvariantCulture) ?? "", arm.Verdict);
        }

        console.Write(table);
    }

    public static void Print(EbbShadow[] shadows, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns(
            ["shadow", "of users", "lists", "overlap", "±", "rank-biased", "same", "dropped", "stale"]);
        Table decisions = new Table().Border(TableBorder.Simple).AddColumns(["lists of", .. Decisions]);
        foreach (EbbShadow one in shadows)
        {
            Add(
                table, one.Policy, one.Sample.ToString("P1", CultureInfo.InvariantCulture), Whole(one.Compared),
                Figure(one.Overlap), Figure(one.OverlapError), Figure(one.RankBiased), Whole(one.Same),
                Whole(one.Dropped), Whole(one.Stale));
            Add(decisions, ["served", .. one.ServedDecisions.Select(count => Share(count, one.Compared))]);
            Add(decisions, [one.Policy, .. one.ShadowDecisions.Select(count => Share(count, one.Compared))]);
        }

        console.Write(table);
        console.Write(decisions);
        foreach (EbbShadow one in shadows.Where(shadow => shadow.LacksEncoder))
        {
            console.WriteLine(
                $"{one.Policy} weighs the sequence encoder, which is not run for shadows: its lists are those of its"
                + " other sources. Try it as an arm of an experiment.");
        }
    }

    public static void Print(EbbTuning tuning, IAnsiConsole console)
    {
        Table values = new Table().Border(TableBorder.Simple).AddColumns("policy", "number", "in force", "now");
        foreach (EbbTuner tuner in tuning.Tuners)
        {
            foreach ((string name, double value) in tuner.Values)
            {
                bool isIt = tuner.Current?.Parameter == name;
                string now = isIt ? $"{tuner.Phase} {Value(name, tuner.Current!.To)}" : "";
                Add(values, tuner.Policy, name, Value(name, value), now);
            }
        }

        console.Write(values);
        foreach (EbbTuneChange change in tuning.Audit.Take(AuditRowsMax))
        {
            console.WriteLine(Line(change));
        }
    }

    public static string Line(EbbTuneChange change) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Moment(DateTimeOffset.FromUnixTimeMilliseconds(change.TimeMs))} {change.Policy} {change.What} "
        + $"{change.Parameter} {Value(change.Parameter, change.From)} to {Value(change.Parameter, change.To)}"
        + $" ({change.Author}: {change.Reason})");

    private static void Add(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Value(string name, double value) => name == "half_life"
        ? DurationText.Format(DurationText.Round(TimeSpan.FromMilliseconds(value)))
        : value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Share(long count, long total) =>
        total == 0 ? "" : ((double)count / total).ToString("P1", CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Figure(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    private static string Signed(double? value) =>
        value?.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) ?? "";
}
