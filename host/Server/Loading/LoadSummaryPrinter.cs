using Spectre.Console;

namespace Ebb.Server.Loading;

/// <summary>A load's summary as text, a fact a line.</summary>
internal static class LoadSummaryPrinter
{
    public static void Print(LoadSummary summary, IAnsiConsole console, string server)
    {
        if (summary.Generation is ulong generation)
        {
            console.WriteLine(
                $"catalogue: {summary.ItemsPut:N0} items on {server}, visible as generation {generation}");
        }

        if (summary.HasHistory)
        {
            console.WriteLine(
                $"history: {summary.EventsApplied:N0} events applied, {summary.EventsDuplicate:N0} counted before, "
                + $"{summary.EventsParked:N0} waiting for their item");
        }

        if (summary.BadRows > 0)
        {
            console.WriteLine($"{summary.BadRows:N0} rows could not be read");
        }

        foreach ((Protocol.StatusCode status, long count) in summary.Refusals)
        {
            console.WriteLine($"refused, {status}: {count:N0}");
        }

        foreach (string example in summary.Examples)
        {
            console.WriteLine("  " + example);
        }
    }
}
