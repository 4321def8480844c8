using System.Globalization;
using Ebb.Client.Internal;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client;

/// <summary>Portraits of users: asking for one, and saying it in words. From any thread.</summary>
public static class EbbPortraits
{
    private const int CategoriesTold = 5;
    private const int EventsTold = 3;
    private const int MoversTold = 3;

    /// <summary>Less than this share of the mass has neither risen nor fallen.</summary>
    private const double NoticedShare = 0.01;

    private static readonly Dictionary<string, string> Features = new()
    {
        ["recency_days"] = "days since the last event",
        ["events_per_day"] = "events a day",
        ["events_in_window"] = "events within the last window",
        ["burstiness"] = "burstiness of the gaps",
        ["mass"] = "mass",
        ["top_share"] = "share of the top category",
        ["second_share"] = "share of the second category",
        ["categories"] = "effective number of categories",
        ["drift"] = "drift within the last events",
        ["off_top_recently"] = "share of the last five events outside the top category",
        ["repeat_share"] = "share of events with an item seen before",
        ["rising_share"] = "share of rising categories",
        ["fading_share"] = "share of fading categories",
        ["weight_mean"] = "mean weight of an event",
        ["hour"] = "hour of the last event (UTC)",
        ["weekday"] = "weekday of the last event (0 Monday)",
    };

    /// <summary>
    /// One user in few figures: categories with phase and mass, what rose and fell, what is likely next, what matters.
    /// </summary>
    /// <param name="client">Asks.</param>
    /// <param name="user">Whose.</param>
    /// <param name="sinceMs">The earlier moment to compare with; a week before without one.</param>
    /// <param name="nowMs">The moment; the server's clock without one.</param>
    /// <param name="cancellation">Gives up the call.</param>
    public static Task<PortraitResult> PortraitAsync(
        this EbbClient client,
        EbbId user,
        long? sinceMs = null,
        long? nowMs = null,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Portrait,
            FrameFlags.None,
            0,
            (user, since: sinceMs ?? long.MinValue, now: nowMs ?? long.MinValue),
            static (body, state) => new PortraitRequest
            {
                User = RequestEncoder.Sendable(state.user),
                SinceMs = state.since,
                NowMs = state.now,
            }.Write(body));
        return client.Core.Run(new PendingCall<PortraitResult>(PortraitDecoder.Decode) { Frame = frame }, cancellation);
    }

    /// <summary>The portrait in sentences, one a line of a page.</summary>
    public static IReadOnlyList<string> Describe(this PortraitResult portrait, EbbId user)
    {
        if (!portrait.Known || portrait.EventCount == 0)
        {
            return [$"Nothing is held of {user}."];
        }

        var told = new List<string>
        {
            Of($"{user} did {portrait.EventCount} things, the last {Ago(portrait.AtMs - portrait.LastEventMs)}ago."),
        };
        told.AddRange(Interests(portrait));
        told.AddRange(Movement(portrait));
        if (portrait.NextCategories.Count > 0)
        {
            IEnumerable<string> next =
                portrait.NextCategories.Select(one => Of($"{one.Category} ({one.Probability:P0})"));
            told.Add($"Next is most likely {string.Join(", then ", next)}.");
        }

        if (portrait.Events.Count > 0)
        {
            IEnumerable<string> events = portrait.Events.Take(EventsTold).Select(one =>
                Of($"{TypeName(one.Type)} of {one.Item} {Ago(portrait.AtMs - one.TimeMs)}ago ({one.Share:P0})"));
            string older = Math.Abs(portrait.OlderShare) >= NoticedShare
                ? Of($"; {portrait.OlderShare:P0} comes from older events")
                : "";
            told.Add($"What matters most: {string.Join(", ", events)}{older}.");
        }

        if (portrait.Forecast is { } forecast)
        {
            told.Add(Foretold(forecast));
        }

        return told;
    }

    /// <summary>A rule in words: "share of the top category ≤ 0.6 (0.41)".</summary>
    public static string Describe(this EbbRuleCondition condition)
    {
        string name = Features.GetValueOrDefault(condition.Feature, condition.Feature);
        string range = (double.IsInfinity(condition.Low), double.IsInfinity(condition.High)) switch
        {
            (true, _) => Of($"{name} ≤ {condition.High:0.###}"),
            (_, true) => Of($"{name} > {condition.Low:0.###}"),
            _ => Of($"{condition.Low:0.###} < {name} ≤ {condition.High:0.###}"),
        };
        return double.IsNaN(condition.Value) ? range : Of($"{range} ({condition.Value:0.###})");
    }

    private static IEnumerable<string> Interests(PortraitResult portrait)
    {
        double mass = portrait.Categories.Sum(one => Math.Max(0, one.Mass));
        EbbPortraitCategory[] first =
            [.. portrait.Categories.Where(one => one.Mass > 0 && mass > 0).Take(CategoriesTold)];
        if (first.Length == 0)
        {
            return ["No category has any weight now."];
        }

        IEnumerable<string> names = first.Select(one =>
            Of($"{one.Name} ({one.Mass / mass:P0}, mass {one.Mass:0.##}, {PhaseName(one.Phase)})"));
        string of = portrait.IsComplete ? "" : " (of the remembered events)";
        var told = new List<string> { $"Interested in {string.Join(", ", names)}{of}." };
        EbbPortraitCategory top = first[0];
        if (top.NextChangeMs is { } change)
        {
            string left = Ago(change - portrait.AtMs).TrimEnd();
            told.Add($"Without another event {top.Name} leaves that phase in {left}.");
        }

        return told;
    }

    private static IEnumerable<string> Movement(PortraitResult portrait)
    {
        double noticed = NoticedShare * Math.Max(portrait.Mass, portrait.Categories.Sum(one => one.MassThen));
        EbbPortraitCategory[] rose =
            [.. portrait.Categories.Where(one => one.Change > noticed).OrderByDescending(one => one.Change)];
        EbbPortraitCategory[] fell =
            [.. portrait.Categories.Where(one => one.Change < -noticed).OrderBy(one => one.Change)];
        string since = Ago(portrait.AtMs - portrait.SinceMs);
        string Name(EbbPortraitCategory one) => Of($"{one.Name} ({one.MassThen:0.##} to {one.Mass:0.##})");
        if (rose.Length > 0)
        {
            yield return $"Rose since {since}ago: {string.Join(", ", rose.Take(MoversTold).Select(Name))}.";
        }

        if (fell.Length > 0)
        {
            yield return $"Fell since {since}ago: {string.Join(", ", fell.Take(MoversTold).Select(Name))}.";
        }

        if (!double.IsNaN(portrait.MassThen))
        {
            yield return Of($"All interest together: {portrait.MassThen:0.##} then, {portrait.Mass:0.##} now.");
        }
    }

    private static string Foretold(EbbChangeForecast forecast)
    {
        string rule = forecast.Conditions.Count == 0
            ? "as for everybody"
            : "because " + string.Join(" and ", forecast.Conditions.Select(Describe));
        return Of($"If they come back within {Ago(forecast.Window.TotalMilliseconds).TrimEnd()}, their interest has ")
            + Of($"changed with probability {forecast.Probability:P0} (everybody: {forecast.BaseRate:P0}), {rule}.");
    }

    private static string PhaseName(EbbPhase phase) => phase switch
    {
        EbbPhase.Rising => "rising",
        EbbPhase.Peak => "at its peak",
        EbbPhase.Fading => "fading",
        _ => "expired",
    };

    private static string TypeName(byte type) => type switch
    {
        EbbEventType.View => "view",
        EbbEventType.Click => "click",
        EbbEventType.Favourite => "favourite",
        EbbEventType.Cart => "cart",
        EbbEventType.Purchase => "purchase",
        EbbEventType.Rate => "rating",
        EbbEventType.Return => "return",
        EbbEventType.Dislike => "dislike",
        _ => $"event of type {type}",
    };

    /// <summary>A span in words with a blank after it: "3 days ".</summary>
    private static string Ago(double ms)
    {
        (double Length, string Unit)[] units =
            [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second")];
        foreach ((double length, string unit) in units)
        {
            double count = Math.Round(ms / length);
            if (count >= 1)
            {
                return Of($"{count:0} {unit}{(count > 1 ? "s" : "")} ");
            }
        }

        return "a moment ";
    }

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture).Replace(" %", "%");
}
