using System.Globalization;
using Spectre.Console;

namespace Ebb.Server.Demo;

/// <summary>A demo's report for people: colours in a terminal, plain text in a pipe.</summary>
internal sealed class DemoReportPrinter(IAnsiConsole console)
{
    /// <summary>Half of the last digit printed: what is less is rounding.</summary>
    private const double LeastShown = 0.0005;

    public void Print(DemoReport report)
    {
        PrintFlow(report);
        PrintLatencies(report);
        PrintStory(report.Story);
        PrintEncoder(report.Encoder);
    }

    private void PrintFlow(DemoReport report)
    {
        console.WriteLine();
        if (!report.Complete)
        {
            Line(
                $"[yellow]--short:[/] a subset, one customer in {DemoData.ShortCustomerStep} "
                + $"({report.CustomerCount:N0} customers) with all their invoices");
        }

        Line(
            $"[bold]{report.EventsSent:N0}[/] events of {report.InvoiceCount:N0} invoices sent, "
            + $"[bold]{report.EventsApplied:N0}[/] applied, {report.EventsRefused:N0} refused, "
            + $"in {report.Seconds:0.0} s: [bold]{report.EventsPerSecond:N0}[/] events/s");
        ListCounts lists = report.Lists;
        Line(
            $"{lists.Total:N0} lists answered meanwhile: [bold]{lists.Kept:N0}[/] kept, "
            + $"[bold]{lists.Refreshed:N0}[/] refreshed, [bold]{lists.New:N0}[/] made anew, "
            + $"[bold]{lists.Diversified:N0}[/] made anew and diversified, "
            + $"[bold]{lists.Popular:N0}[/] popular (no direction yet)");
        console.WriteLine();
    }

    private void PrintLatencies(DemoReport report)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in new[] { "latency, ms", "calls", "p50", "p99", "p99.9", "max" })
        {
            table.AddColumn(new TableColumn(new Text(heading)).RightAligned());
        }

        table.Columns[0].LeftAligned();
        (string, LatencySummary)[] rows = [("ACT", report.Act), ("RECOMMEND", report.Recommend)];
        foreach ((string verb, LatencySummary latency) in rows)
        {
            table.AddRow(
                verb, latency.Count.ToString("N0", CultureInfo.InvariantCulture), Ms(latency.P50Us),
                Ms(latency.P99Us), Ms(latency.P999Us), Ms(latency.MaxUs));
        }

        console.Write(table);
        console.MarkupLine($"[grey]Measured {Markup.Escape(report.Measured)}.[/]");
        console.WriteLine();
    }

    private void PrintStory(CustomerStory story)
    {
        Line(
            $"[bold]Customer {Markup.Escape(story.Customer)}[/]: {story.EventCount:N0} lines on "
            + $"{story.InvoiceCount:N0} invoices since {story.FirstTime:yyyy-MM-dd}");
        foreach (StoryInvoice invoice in story.Invoices)
        {
            int more = invoice.LineCount - invoice.Products.Count;
            string products = string.Join(", ", invoice.Products) + (more > 0 ? $" and {more} more" : "");
            Line($"  {invoice.Time:yyyy-MM-dd HH:mm}  {invoice.Act,-8}  {Markup.Escape(products)}");
        }

        console.WriteLine();
        Line(
            $"[bold]What they want now[/] ({story.Now:yyyy-MM-dd HH:mm} UTC; scores as of their last event, since then "
            + $"faded by a factor of {Math.Pow(2, story.Log2Scale):0.000}):");
        for (int index = 0; index < story.Wishes.Count; index++)
        {
            PrintWish(index + 1, story.Wishes[index]);
        }
    }

    private void PrintEncoder(EncodedWishes wishes)
    {
        console.WriteLine();
        Line("[bold]The same with the sequence encoder[/] " + Markup.Escape(wishes.Model)
            + (wishes.Products.Count == 0 ? "" : $", swapped in while serving in {wishes.SwapSeconds:0.0} s:"));
        for (int index = 0; index < wishes.Products.Count; index++)
        {
            Line($"{index + 1,3}. {Markup.Escape(wishes.Products[index])}");
        }
    }

    private void PrintWish(int place, StoryWish wish)
    {
        string before = wish.PurchaseCount switch
        {
            0 => "[green]new to them[/]",
            1 => "bought once",
            _ => $"bought {wish.PurchaseCount} times",
        };
        Line($"{place,3}. {wish.Score,8:0.000}  [bold]{Markup.Escape(wish.Name)}[/]  ({before})");
        foreach (StoryReason reason in wish.Reasons)
        {
            Line(
                $"     [grey]{reason.Amount,8:+0.000;-0.000}  because they {reason.Act} "
                + $"{Markup.Escape(reason.Name)} on {reason.Time:yyyy-MM-dd}[/]");
        }

        if (wish.OtherReasonCount > 0)
        {
            Line(
                $"     [grey]{wish.OtherAmount,8:+0.000;-0.000}  from {wish.OtherReasonCount} more of their last "
                + "events[/]");
        }

        if (Math.Abs(wish.OlderAmount) >= LeastShown)
        {
            Line($"     [grey]{wish.OlderAmount,8:+0.000;-0.000}  from everything before those[/]");
        }
    }

    private static string Ms(double micros) => (micros / 1000).ToString("0.000", CultureInfo.InvariantCulture);

    private void Line(string markup) => console.MarkupLine(markup);
}
