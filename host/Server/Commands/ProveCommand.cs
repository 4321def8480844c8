using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Ebb.Server.Hosting;
using Ebb.Server.Prove;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb prove</c>: tries on this machine what Ebb promises, and prints a page of verdicts with figures. Exit code 1
/// when a promise did not hold.
/// </summary>
internal static class ProveCommand
{
    public static Command Build(Terminal terminal)
    {
        var isLong = new Option<bool>("--long") { Description = "The long form: many more of everything." };
        var only = new Option<string?>("--only")
        {
            Description = "Only promises that have these words.",
            HelpName = "WORDS",
        };
        var command = new Command("prove", "Try on this machine what Ebb promises, and print a verdict.")
        {
            isLong, only,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var signals = new StopSignals(cancellation);
            long started = Stopwatch.GetTimestamp();
            IReadOnlyList<ProveRow> rows = await ProveRunner.RunAsync(
                parsed.GetValue(isLong), parsed.GetValue(only), row => Print(terminal, row), signals.Token);
            if (rows.Count == 0)
            {
                throw new CliException($"no promise has '{parsed.GetValue(only)}'", "leave --only out to see all");
            }

            int failed = rows.Count(row => row.Verdict == ProveVerdict.Fail);
            await terminal.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.Count(row => row.Verdict == ProveVerdict.Pass)} held, {failed} did not,"
                + $" {rows.Count(row => row.Verdict == ProveVerdict.Skip)} not tried;"
                + $" {Environment.ProcessorCount} CPUs, .NET {Environment.Version},"
                + $" {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));
            return failed == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static void Print(Terminal terminal, ProveRow row)
    {
        terminal.Out.WriteLine($"{row.Verdict.ToString().ToLowerInvariant(),-5} {row.Promise}");
        terminal.Out.WriteLine($"      {row.Figures}");
        terminal.Out.Flush();
    }
}
