using System.CommandLine;

namespace Ebb.Server.Commands;

/// <summary>
/// The command line of <c>ebb</c>. Exit codes: see <see cref="ExitCodes"/>. An error that a user can solve is one line
/// on standard error, <c>ebb: what: what to do</c>.
/// </summary>
public static class EbbCommandLine
{
    public static RootCommand Build(Terminal terminal) =>
        new("Ebb: behaviour events in, what the user wants now out.")
        {
            ServeCommand.Build(terminal),
            DemoCommand.Build(terminal),
            LoadCommand.Build(terminal),
            ReplayCommand.Build(terminal),
            FitCommand.Build(terminal),
            VectorsCommand.Build(terminal),
            TrainCommand.Build(terminal),
            ModelCommand.Build(terminal),
            ScoreCommand.Build(terminal),
            PolicyCommand.Build(terminal),
            PortraitCommand.Build(terminal),
            SegmentsCommand.Build(terminal),
            ProfileCommand.Build(terminal),
            UserCommands.BuildWhy(terminal),
            UserCommands.BuildDrift(terminal),
            UserCommands.BuildUnsend(terminal),
            UserCommands.BuildForget(terminal),
            MemoryCommand.Build(terminal),
            FlowsCommand.Build(terminal),
            TrendsCommand.Build(terminal),
            ExperimentsCommand.Build(terminal),
            RulesCommand.Build(terminal),
            ItemCommand.Build(terminal),
            AudienceCommand.Build(terminal),
            GraphCommand.Build(terminal),
            EdgesCommand.Build(terminal),
            TokenCommand.Build(terminal),
            BackupCommands.BuildVerify(terminal),
            BackupCommands.BuildBackup(terminal),
            BackupCommands.BuildRestore(terminal),
            ProveCommand.Build(terminal),
        };

    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellation = default)
    {
        ParseResult parsed = Build(terminal).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string problem = ExpectedErrors.OneLine(string.Join(" ", parsed.Errors.Select(error => error.Message)));
            await terminal.Error.WriteLineAsync($"ebb: {problem} See '{CommandPath(parsed)} --help'.");
            return ExitCodes.Usage;
        }

        try
        {
            return await InvokeAsync(parsed, terminal, cancellation);
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("ebb: stopped before the work was done.");
            return ExitCodes.Failed;
        }
        catch (Exception exception) when (ExpectedErrors.Describe(exception) is string line)
        {
            await terminal.Error.WriteLineAsync("ebb: " + ExpectedErrors.OneLine(line));
            return ExitCodes.Failed;
        }
        catch (Exception exception)
        {
            // A fault of ours: the stack is what a report needs.
            await terminal.Error.WriteLineAsync($"ebb: internal error, please report it with these lines: {exception}");
            return ExitCodes.Failed;
        }
    }

    private static Task<int> InvokeAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation) =>
        parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,

                // Commands that run until told to stop take the signals themselves: they finish, export and exit 0.
                ProcessTerminationTimeout = null,
            },
            cancellation);

    private static string CommandPath(ParseResult parsed)
    {
        string name = parsed.CommandResult.Command.Name;
        return parsed.CommandResult.Command is RootCommand ? "ebb" : "ebb " + name;
    }
}
