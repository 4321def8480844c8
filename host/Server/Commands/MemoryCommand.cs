using System.CommandLine;
using System.Globalization;
using Ebb.Client;
using Ebb.Engine.Policy;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb memory show</c> and <c>ebb memory set FILE</c>: the memory schema of a running server, and another one while
/// it serves.
/// </summary>
internal static class MemoryCommand
{
    public static Command Build(Terminal terminal) =>
        new("memory", "The memory schema of a running server: show it, change it.")
        {
            BuildShow(terminal),
            BuildSet(terminal),
        };

    private static Command BuildShow(Terminal terminal)
    {
        var connect = new ConnectOptions();
        var command = new Command("show", "Print the schema in force, as --memory-schema takes it.");
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using EbbClient client = await EbbClient.ConnectAsync(
                connect.Read(parsed, "ebb-memory"), cancellation);
            SchemaResult schema = await client.SchemaAsync(cancellation);
            await terminal.Out.WriteLineAsync(schema.Document);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command BuildSet(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The memory schema, as JSON, with a higher number than the one in force.",
        };
        var connect = new ConnectOptions();
        var command = new Command("set", "Change it: users are rebuilt while the server goes on.") { file };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            // Read here first: a mistake then names the file.
            string path = parsed.GetValue(file)!;
            string document = MemorySchemaText.Write(PolicyFiles.ReadMemorySchema(path));
            EbbClientOptions options =
                connect.Read(parsed, "ebb-memory") with { RequestTimeout = Timeout.InfiniteTimeSpan };
            await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
            SchemaResult schema = await client.ChangeSchemaAsync(document, cancellation);
            await terminal.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"memory schema {schema.Number} is in force, {schema.PendingUserCount:N0} users still to be rebuilt;"
                + $" start the server with this file, or with none, from now on"));
            return ExitCodes.Ok;
        });
        return command;
    }
}
