namespace Ebb.Server.Demo;

/// <summary>One customer of the data: what they bought when, and what the engine thinks they want now. Pure data.</summary>
public sealed record CustomerStory
{
    public required string Customer { get; init; }

    public required int EventCount { get; init; }

    public required int InvoiceCount { get; init; }

    public required DateTimeOffset FirstTime { get; init; }

    /// <summary>The moment that the list is for: the end of the data.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The last few, oldest first.</summary>
    public required IReadOnlyList<StoryInvoice> Invoices { get; init; }

    public required string Decision { get; init; }

    /// <summary>Scores are as of the last event; now they are score·2^this.</summary>
    public required double Log2Scale { get; init; }

    public required IReadOnlyList<StoryWish> Wishes { get; init; }
}

/// <summary>One invoice: "bought" or "returned", the number of lines, and the first few products.</summary>
public sealed record StoryInvoice(DateTimeOffset Time, string Act, int LineCount, IReadOnlyList<string> Products);

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

/// <summary>What one past event adds to a score.</summary>
public sealed record StoryReason(string Item, string Name, string Act, DateTimeOffset Time, double Amount);
