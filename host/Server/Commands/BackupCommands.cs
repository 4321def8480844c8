using System.CommandLine;
using System.Globalization;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Recovery;
using Ebb.Engine.Recovery.Backup;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb verify DIR</c>, <c>ebb backup NAME</c> and <c>ebb restore BACKUP DIR</c>: what stands in a folder, and how it
/// gets into another one.
/// </summary>
internal static class BackupCommands
{
    public static Command BuildVerify(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "A stopped server's folder, or a backup." };
        var command = new Command(
            "verify", "Read every byte of a folder, fold it, and say what it comes to. Writes nothing.") { folder };
        var key = new EncryptionKeyOption();
        command.Options.Add(key.Option);
        command.SetAction(async (parsed, cancellation) =>
        {
            string existing = Existing(parsed.GetValue(folder)!);
            FolderReport report = await EngineFolder.VerifyAsync(existing, key.Read(parsed, existing), cancellation);
            foreach (string line in Lines(report))
            {
                await terminal.Out.WriteLineAsync(line);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command BuildBackup(Terminal terminal)
    {
        var name = new Argument<string>("NAME")
        {
            Description = "A new folder below the server's --backup-folder: letters, digits, '.', '-', '_'.",
        };
        var connect = new ConnectOptions();
        var command = new Command("backup", "Have a running server copy its folder while it serves.") { name };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            EbbClientOptions options =
                connect.Read(parsed, "ebb-backup") with { RequestTimeout = Timeout.InfiniteTimeSpan };
            await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
            BackupResult taken = await client.BackupAsync(parsed.GetValue(name)!, cancellation);
            await terminal.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"backup {parsed.GetValue(name)}: {taken.FileCount} files, {taken.Bytes:N0} bytes, as of"
                + $" {Time(taken.CreatedMs)}"));
            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command BuildRestore(Terminal terminal)
    {
        var backup = new Argument<string>("BACKUP") { Description = "A folder that ebb backup made." };
        var folder = new Argument<string>("DIR") { Description = "A new or empty folder to serve from." };
        var command = new Command("restore", "Copy a backup, checked, into a folder to serve from.") { backup, folder };
        command.SetAction(async (parsed, cancellation) =>
        {
            string source = Existing(parsed.GetValue(backup)!);
            string target = parsed.GetValue(folder)!;
            BackupManifest restored = await EngineFolder.RestoreAsync(source, target, cancellation);
            await terminal.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"restored {restored.Files.Count} files, {restored.Bytes:N0} bytes, as of"
                + $" {Time(restored.CreatedMs)}, into {target}; serve it with ebb serve --folder {target}"));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static IEnumerable<string> Lines(FolderReport report)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.UserCount:N0} users, {report.ItemCount:N0} items; {report.EntriesFolded:N0} log entries after the"
            + $" base, {report.LogEntriesChecked:N0} held and checked, in {report.Elapsed.TotalSeconds:0.0} s");
        if (report.Backup is { } backup)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"backup of {Time(backup.CreatedMs)}: {backup.Files.Count} files, {backup.Bytes:N0} bytes, all as their"
                + $" checksums say");
        }

        yield return report.IsFoldOfWholeLog is true
            ? "base and log fold to the same state as the whole log"
            : "the log was trimmed: there is no whole log to compare with";
        if (report.UnknownFiles.Count > 0)
        {
            yield return "not ebb's, left alone: " + string.Join(", ", report.UnknownFiles.Take(10));
        }

        yield return "state " + report.StateHash;
    }

    private static string Existing(string folder) => Directory.Exists(folder)
        ? folder
        : throw new CliException($"{folder} is no folder", "check the path");

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
