namespace Ebb.Engine.Portrait;

/// <summary>The features of behaviour, by place. A tree's file names them, so their order may change.</summary>
public static class BehaviourFeatures
{
    public const int RecencyDays = 0;
    public const int EventsPerDay = 1;
    public const int EventsInWindow = 2;
    public const int Burstiness = 3;
    public const int Mass = 4;
    public const int TopShare = 5;
    public const int SecondShare = 6;
    public const int Categories = 7;
    public const int Drift = 8;
    public const int OffTopRecently = 9;
    public const int RepeatShare = 10;
    public const int RisingShare = 11;
    public const int FadingShare = 12;
    public const int WeightMean = 13;
    public const int Hour = 14;
    public const int Weekday = 15;
    public const int Count = 16;

    /// <summary>As files and rules name them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "recency_days", "events_per_day", "events_in_window", "burstiness", "mass", "top_share", "second_share",
        "categories", "drift", "off_top_recently", "repeat_share", "rising_share", "fading_share", "weight_mean",
        "hour", "weekday",
    ];

    /// <summary>What each says, for people.</summary>
    public static IReadOnlyList<string> Meanings { get; } =
    [
        "days since the last event", "events a day, decayed", "events within the last window",
        "burstiness of the gaps, -1 regular to 1 bursty", "decayed event weight",
        "share of the top category", "share of the second category", "effective number of categories",
        "drift from the older to the newer half of the last events",
        "share of the last five events outside the top category", "share of events with an item seen before",
        "share of mass in rising categories", "share of mass in fading or expired categories",
        "mean weight of an event", "hour of the last event (UTC)", "weekday of the last event (0 Monday)",
    ];

    /// <summary>The place of a name; −1 for none.</summary>
    public static int IndexOf(string name)
    {
        for (int index = 0; index < Names.Count; index++)
        {
            if (Names[index] == name)
            {
                return index;
            }
        }

        return -1;
    }
}
