using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Client;

namespace Ebb.Server.Commands;

/// <summary><c>ebb profile USER</c>: a user's portrait in sentences, asked of a running server.</summary>
internal sealed class ProfileCommand
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Argument<string> _user = new("USER") { Description = "Whose portrait." };

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Option<string?> _tenant = new("--tenant") { Description = "The user's tenant." };

    private readonly Option<HumanDuration> _since = CommandOptions.Duration(
        "--since", "How long ago to compare with.", TimeSpan.FromDays(7));

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on standard output." };

    private ProfileCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var profile = new ProfileCommand();
        var command = new Command("profile", "A user in words: interests, what rose and fell, what is likely next.")
        {
            profile._user, profile._server, profile._tenant, profile._since, profile._json,
        };
        command.SetAction((parsed, cancellation) => profile.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        string user = parsed.GetValue(_user)!;
        var options = new EbbClientOptions
        {
            Endpoint = parsed.GetValue(_server)!,
            Name = "ebb-profile",
            Tenant = parsed.GetValue(_tenant) ?? "",
        };
        await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        double agoMs = Math.Min(parsed.GetValue(_since).Value.TotalMilliseconds, nowMs);
        PortraitResult portrait =
            await client.PortraitAsync(user, nowMs - (long)agoMs, nowMs, cancellation);
        if (parsed.GetValue(_json))
        {
            await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(Plain(portrait), JsonForm));
            return ExitCodes.Ok;
        }

        foreach (string sentence in portrait.Describe(user))
        {
            await terminal.Out.WriteLineAsync(sentence);
        }

        return ExitCodes.Ok;
    }

    /// <summary>Ids as texts.</summary>
    private static object Plain(PortraitResult portrait) => new
    {
        portrait.Known,
        portrait.AtMs,
        portrait.SinceMs,
        portrait.LastEventMs,
        portrait.EventCount,
        portrait.IsComplete,
        portrait.Mass,
        portrait.MassThen,
        Categories = portrait.Categories.Select(one => new
        {
            one.Name,
            one.Mass,
            one.MassThen,
            one.Change,
            Phase = one.Phase.ToString().ToLowerInvariant(),
            one.NextChangeMs,
        }),
        Events = portrait.Events.Select(one => new
        {
            Item = one.Item.ToString(),
            one.Type,
            one.TimeMs,
            one.Weight,
            one.Share,
        }),
        portrait.OlderShare,
        portrait.NextCategories,
        portrait.Forecast,
    };
}
