using System.CommandLine;
using System.Globalization;
using Ebb.Client;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb why</c>, <c>drift</c>, <c>forget</c> and <c>unsend</c>: a person's questions and rights about one user, asked
/// of a running server.
/// </summary>
internal static class UserCommands
{
    public static Command BuildWhy(Terminal terminal)
    {
        var user = new Argument<string>("USER") { Description = "Whose score." };
        var item = new Argument<string>("ITEM") { Description = "Of which item." };
        Option<HumanDuration> since = CommandOptions.Duration(
            "--since", "How long ago to compare with.", TimeSpan.FromDays(7));
        var connect = new ConnectOptions();
        var command = new Command("why", "A user's score of an item, by source and by event, and what changed.")
        {
            user, item, since,
        };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using EbbClient client = await EbbClient.ConnectAsync(connect.Read(parsed, "ebb-why"), cancellation);
            long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            long sinceMs = nowMs - (long)Math.Min(parsed.GetValue(since).Value.TotalMilliseconds, nowMs);
            WhyResult why = await client.WhyAsync(
                parsed.GetValue(user)!, parsed.GetValue(item)!, sinceMs, nowMs, cancellation);
            foreach (string line in WhyLines(why))
            {
                await terminal.Out.WriteLineAsync(line);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command BuildDrift(Terminal terminal)
    {
        var user = new Argument<string>("USER") { Description = "Whose drift." };
        var connect = new ConnectOptions();
        var command = new Command("drift", "How far a user is from the interest that their last list was made for.")
        {
            user,
        };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using EbbClient client = await EbbClient.ConnectAsync(
                connect.Read(parsed, "ebb-drift"), cancellation);
            DriftResult drift = await client.DriftAsync(parsed.GetValue(user)!, cancellation: cancellation);
            await terminal.Out.WriteLineAsync(DriftLine(drift));
            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command BuildForget(Terminal terminal)
    {
        var user = new Argument<string>("USER") { Description = "Who is forgotten." };
        var connect = new ConnectOptions();
        var command = new Command("forget", "Forget a user: from every answer at once, from every file in time.")
        {
            user,
        };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using EbbClient client = await EbbClient.ConnectAsync(
                connect.Read(parsed, "ebb-forget"), cancellation);
            ForgetResult receipt = await client.ForgetAsync(parsed.GetValue(user)!, cancellation);
            string known = receipt.Known ? "forgotten" : "nothing was held of them";
            await terminal.Out.WriteLineAsync(receipt.ErasedByMs == long.MaxValue
                ? $"{known}; the server keeps its log for ever (--log-retention never), and the key with it"
                : $"{known}; no file holds the key from {Moment(receipt.ErasedByMs)} on");
            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command BuildUnsend(Terminal terminal)
    {
        var user = new Argument<string>("USER") { Description = "Whose event." };
        var id = new Argument<ulong>("EVENT") { Description = "The event id that it was sent with." };
        var connect = new ConnectOptions();
        var command = new Command("unsend", "Take one event of a user out again.") { user, id };
        connect.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using EbbClient client = await EbbClient.ConnectAsync(
                connect.Read(parsed, "ebb-unsend"), cancellation);
            UnsendResult unsent = await client.UnsendAsync(
                parsed.GetValue(user)!, parsed.GetValue(id), cancellation);
            await terminal.Out.WriteLineAsync(
                $"out: the event of {Moment(unsent.TimeMs)}, {unsent.Method.ToString().ToLowerInvariant()}");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static IEnumerable<string> WhyLines(WhyResult why)
    {
        if (!why.Known)
        {
            yield return "nothing is known of this user";
        }

        double scale = Math.Pow(2, why.Log2Scale);
        yield return Text($"score {why.Score * scale:0.0000} now{Then(why)}");
        foreach (EbbSourceShare source in why.Sources)
        {
            string then = double.IsNaN(source.Then) ? "" : Text($"  ({source.Then:+0.0000;-0.0000} then)");
            yield return Text($"  {source.Amount:+0.0000;-0.0000;0.0000}  {source.Name}{then}");
        }

        foreach (EbbEventShare share in why.Events)
        {
            yield return Text(
                $"    {share.Amount:+0.0000;-0.0000;0.0000}  {share.Item}, type {share.Type}, {Moment(share.TimeMs)}");
        }

        if (why.OlderEvents != 0)
        {
            yield return Text($"    {why.OlderEvents:+0.0000;-0.0000}  older events");
        }

        foreach (EbbRule rule in why.ShopRules)
        {
            yield return $"  rule {rule.Number}: {rule.Reason}";
        }

        if (why.Rules != EbbScoreRules.None)
        {
            yield return $"  kept out of lists: {why.Rules}";
        }
    }

    private static string Then(WhyResult why) => why.Since is not { Known: true } since
        ? ""
        : Text($", {since.Score * Math.Pow(2, since.Log2Scale):0.0000} at {Moment(since.SinceMs)}")
            + (since.IsComplete ? "" : " (not every later event could be taken out)");

    private static string DriftLine(DriftResult drift)
    {
        if (!drift.HasList)
        {
            return drift.Known ? "no list was served yet: nothing to drift from" : "nothing is known of this user";
        }

        string decides = drift.Drift < drift.KeepBelow ? "keep" : drift.Drift < drift.ShiftFrom ? "refresh" : "anew";
        string alarm = drift.IsAlarmed ? "; ALARM" : "";
        return Text($"{drift.Drift:0.0000} by {drift.Distance.ToString().ToLowerInvariant()}: {decides}")
            + Text($" (keep below {drift.KeepBelow:0.###}, anew from {drift.ShiftFrom:0.###});")
            + Text($" {drift.PopulationShare:P0} of all drift less{alarm}");
    }

    private static string Moment(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(timeMs)
        .ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
