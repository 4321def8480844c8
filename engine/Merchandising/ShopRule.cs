using System.Text;

namespace Ebb.Engine.Merchandising;

/// <summary>
/// Somebody's rule about items: what to do, to which, for whom, until when, and who says so and why. Immutable.
/// </summary>
public sealed record ShopRule(RuleAction Action, RuleSubject Subject, OpaqueId Value)
{
    public const int SegmentBytesMax = 64;
    public const int AuthorBytesMax = 64;
    public const int ReasonBytesMax = 200;
    public const float AmountMax = 100;

    /// <summary>Given when put, never given again; 0 asks for a new rule, another replaces that one.</summary>
    public uint Number { get; init; }

    /// <summary>Only requests of this segment; empty: all.</summary>
    public string Segment { get; init; } = "";

    /// <summary>Boost and bury: standard deviations, over 0. Pin: the place, from 1. Ban: 0.</summary>
    public float Amount { get; init; }

    /// <summary>Ends by itself at this moment, ms; 0: never.</summary>
    public long UntilMs { get; init; }

    public string Author { get; init; } = "";

    public string Reason { get; init; } = "";

    /// <summary>It adds to scores.</summary>
    public bool IsWeight => Action is RuleAction.Boost or RuleAction.Bury;

    /// <summary>What it adds, in standard deviations.</summary>
    public double Weight => Action == RuleAction.Bury ? -Amount : Amount;

    public bool AppliesTo(string segment) => Segment.Length == 0 || Segment == segment;

    internal EntryStatus Check(long nowMs)
    {
        if (!Value.IsValid)
        {
            return EntryStatus.IdLength;
        }

        if (Action > RuleAction.Bury || Subject > RuleSubject.Item || Author.Length == 0 || Reason.Length == 0)
        {
            return EntryStatus.Malformed;
        }

        if (Encoding.UTF8.GetByteCount(Segment) > SegmentBytesMax
            || Encoding.UTF8.GetByteCount(Author) > AuthorBytesMax
            || Encoding.UTF8.GetByteCount(Reason) > ReasonBytesMax)
        {
            return EntryStatus.AttributeTooLong;
        }

        if (UntilMs < 0 || (UntilMs != 0 && UntilMs <= nowMs))
        {
            return EntryStatus.TimeOutOfRange;
        }

        return CheckAmount();
    }

    private EntryStatus CheckAmount() => Action switch
    {
        RuleAction.Pin => Amount is >= 1 and <= Ranking.RecommendQuery.CountMax && Amount == MathF.Floor(Amount)
            ? EntryStatus.Ok
            : EntryStatus.KOutOfRange,
        RuleAction.Boost or RuleAction.Bury => Amount is > 0 and <= AmountMax ? EntryStatus.Ok : EntryStatus.NotFinite,
        _ => Amount == 0 ? EntryStatus.Ok : EntryStatus.NotFinite,
    };
}
