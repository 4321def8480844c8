using System.CommandLine;
using System.Globalization;
using System.Net;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb rules</c>: what merchandisers ban, pin, boost and bury in a running server, and who did what.
/// </summary>
internal sealed class RulesCommand
{
    // "never" is longer, and a clock ends in the year 9999.
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(36_500);

    private readonly Option<EndPoint> _server = CommandOptions.Address(
        "--server", "The running server.", EbbClientOptions.DefaultPort);

    private readonly Argument<EbbRuleAction> _action = new("action")
    {
        Description = "ban, pin, boost or bury.",
    };

    private readonly Argument<EbbRuleSubject> _subject = new("subject")
    {
        Description = "item, category, brand, merchant or tag.",
    };

    private readonly Argument<string> _value = new("value") { Description = "The item's id, or the attribute's text." };

    private readonly Argument<uint> _number = new("number") { Description = "Of the rule, as put printed it." };

    private readonly Option<float> _amount = new("--amount")
    {
        Description = "boost, bury: standard deviations of the score; pin: the place, from 1.",
    };

    private readonly Option<string> _segment = new("--segment")
    {
        Description = "Only for requests that name this segment.",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<HumanDuration?> _for = new("--for")
    {
        Description = "Ends by itself after this long; never when left out.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (!HumanDuration.TryParse(result.Tokens[0].Value, out TimeSpan duration))
            {
                result.AddError($"--for: '{result.Tokens[0].Value}' is no duration; {HumanDuration.Form}.");
            }

            return new HumanDuration(duration);
        },
    };

    private readonly Option<string> _author = new("--author") { Description = "Who says so.", Required = true };

    private readonly Option<string> _reason = new("--reason") { Description = "Why.", Required = true };

    private readonly Option<uint> _replaces = new("--number") { Description = "Replaces the rule of this number." };

    private RulesCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var rules = new RulesCommand();
        var put = new Command("put", "Put a rule.")
        {
            rules._action, rules._subject, rules._value, rules._amount, rules._segment, rules._for, rules._author,
            rules._reason, rules._replaces, rules._server,
        };
        var remove = new Command("remove", "Take a rule out again.")
        {
            rules._number, rules._author, rules._reason, rules._server,
        };
        var list = new Command("list", "The rules in force.") { rules._server };
        var audit = new Command("audit", "Who did what, the latest first.") { rules._server };
        rules.Run(put, terminal, async (client, parsed) => [await client.Shop.PutRuleAsync(rules.Read(parsed))]);
        rules.Run(remove, terminal, async (client, parsed) =>
        [
            await client.Shop.RemoveRuleAsync(
                parsed.GetValue(rules._number), parsed.GetValue(rules._author)!, parsed.GetValue(rules._reason)!),
        ]);
        rules.Run(list, terminal, (client, _) => client.Shop.RulesAsync());
        rules.Run(audit, terminal, (client, _) => client.Shop.RuleAuditAsync());
        return new Command("rules", "Ban, pin, boost and bury items in a running server.") { put, remove, list, audit };
    }

    private void Run(
        Command command, Terminal terminal,
        Func<EbbClient, ParseResult, Task<IReadOnlyList<RuleChangeResult>>> call) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new EbbClientOptions { Endpoint = parsed.GetValue(_server)!, Name = "ebb-rules" };
            await using EbbClient client = await EbbClient.ConnectAsync(options, cancellation);
            IReadOnlyList<RuleChangeResult> changes = await call(client, parsed);
            if (changes.Count == 0)
            {
                await terminal.Out.WriteLineAsync("There are none.");
            }

            foreach (RuleChangeResult change in changes)
            {
                await terminal.Out.WriteLineAsync(Line(change));
            }

            return ExitCodes.Ok;
        });

    private EbbRule Read(ParseResult parsed)
    {
        HumanDuration? lasts = parsed.GetValue(_for);
        return new EbbRule(parsed.GetValue(_action), parsed.GetValue(_subject), parsed.GetValue(_value)!)
        {
            Number = parsed.GetValue(_replaces),
            Amount = parsed.GetValue(_amount),
            Segment = parsed.GetValue(_segment)!,
            UntilMs = lasts is { } duration && duration.Value < LongestDuration
                ? (DateTimeOffset.UtcNow + duration.Value).ToUnixTimeMilliseconds()
                : 0,
            Author = parsed.GetValue(_author)!,
            Reason = parsed.GetValue(_reason)!,
        };
    }

    private static string Line(RuleChangeResult change)
    {
        EbbRule rule = change.Rule;
        string amount = rule.Amount == 0 ? "" : rule.Amount.ToString(" 0.###", CultureInfo.InvariantCulture);
        string segment = rule.Segment.Length == 0 ? "" : $" for {rule.Segment}";
        string until = rule.UntilMs == 0 ? "" : $" until {Time(rule.UntilMs)}";
        string head = change.What == EbbRuleWhat.InForce ? "" : $"{Time(change.TimeMs)} {Word(change.What)} ";
        return $"{head}#{rule.Number} {Word(rule.Action)} {Word(rule.Subject)} {rule.Value}{amount}{segment}{until}"
            + $" ({rule.Author}: {rule.Reason})";
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Time(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
