namespace Ebb.Client;

/// <summary>Event types of the engine's default schema; a deployment may define others, 0 to 63.</summary>
public static class EbbEventType
{
    public const byte View = 0;
    public const byte Click = 1;
    public const byte Favourite = 2;
    public const byte Cart = 3;
    public const byte Purchase = 4;
    public const byte Rate = 5;
    public const byte Return = 6;
    public const byte Dislike = 7;

    /// <summary>An item was shown: counts in experiments, and leaves the user as he is.</summary>
    public const byte Impression = 63;
}
