using System.CommandLine;
using System.Text;
using Ebb.Protocol;
using Ebb.Server.Security;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb token NAME --role ROLE</c>: a new token on standard output, once, and its line for the access file, which
/// holds only a hash, on standard error or appended to the file.
/// </summary>
internal static class TokenCommand
{
    private static readonly string[] Roles = ["reader", "writer", "admin"];

    public static Command Build(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "Whose it is, for the log: no spaces." };
        Option<string> role = new Option<string>("--role")
        {
            Description = "What it allows.",
            Required = true,
        }.AcceptOnlyFromAmong(Roles);
        var tenant = new Option<string?>("--tenant")
        {
            Description = "The only tenant whose users it sees; for a reader or writer.",
        };
        var file = new Option<string?>("--access") { Description = "Append the line to this file.", HelpName = "FILE" };
        var command = new Command("token", "Make a token for a server's --access file.") { name, role, tenant, file };
        command.Validators.Add(result =>
        {
            string text = result.GetValue(name) ?? "";
            bool isWord = text.Length > 0 && text.All(letter => !char.IsWhiteSpace(letter) && letter != '#');
            string? owner = result.GetValue(tenant);
            if (!isWord)
            {
                result.AddError("NAME: one word, without '#'.");
            }
            else if (owner is not null && (result.GetValue(role) == "admin" || owner.Any(char.IsWhiteSpace)
                || Encoding.UTF8.GetByteCount(owner) > ProtocolLimits.TenantBytesMax))
            {
                result.AddError("--tenant: one word of at most 32 bytes, and not for an admin.");
            }
        });
        command.SetAction(async (parsed, _) =>
        {
            EbbRole allowed = Enum.Parse<EbbRole>(parsed.GetValue(role)!, ignoreCase: true);
            (string token, string line) = AccessFile.Create(parsed.GetValue(name)!, allowed, parsed.GetValue(tenant));
            if (parsed.GetValue(file) is { } path)
            {
                await File.AppendAllTextAsync(path, line + "\n", CancellationToken.None);
            }
            else
            {
                await terminal.Error.WriteLineAsync(line);
            }

            await terminal.Out.WriteLineAsync(token);
            return ExitCodes.Ok;
        });
        return command;
    }
}
