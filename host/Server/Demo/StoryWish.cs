namespace Ebb.Server.Demo;

/// <summary>An item that the engine recommends. PurchaseCount: how often the customer bought it before.</summary>
public sealed record StoryWish(string Item, string Name, double Score, int PurchaseCount)
{
    /// <summary>The largest terms of the score.</summary>
    public required IReadOnlyList<StoryReason> Reasons { get; init; }

    /// <summary>Terms that are not among the reasons, and what of the score they hold.</summary>
    public required int OtherReasonCount { get; init; }

    public required double OtherAmount { get; init; }

    /// <summary>The part of the score from events older than those remembered one by one.</summary>
    public required double OlderAmount { get; init; }
}
