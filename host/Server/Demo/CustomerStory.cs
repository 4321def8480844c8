namespace Ebb.Server.Demo;

/// <summary>One customer of the data: what they bought when, and what the engine thinks they want now.</summary>
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
