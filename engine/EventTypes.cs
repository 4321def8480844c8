namespace Ebb.Engine;

/// <summary>The event types of the default schema. A schema may define others, 0 to 63.</summary>
public static class EventTypes
{
    public const byte View = 0;
    public const byte Click = 1;
    public const byte Favourite = 2;
    public const byte Cart = 3;
    public const byte Purchase = 4;
    public const byte Rate = 5;
    public const byte Return = 6;
    public const byte Dislike = 7;

    /// <summary>
    /// An item was shown to the user. Always there, without a weight: it feeds experiments and leaves the user as he
    /// is. A schema that defines the type itself has no impressions.
    /// </summary>
    public const byte Impression = 63;

    /// <summary>Types a schema may define.</summary>
    public const int CountMax = 64;
}
