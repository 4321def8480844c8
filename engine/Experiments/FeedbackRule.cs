using System.Globalization;

namespace Ebb.Engine.Experiments;

/// <summary>Which events answer an impression, and how long after it.</summary>
public sealed record FeedbackRule
{
    public static readonly TimeSpan WindowMax = TimeSpan.FromDays(366);

    /// <summary>Event types that are a click on the shown item.</summary>
    public IReadOnlyList<byte> ClickTypes { get; init; } = [EventTypes.View, EventTypes.Click];

    /// <summary>Event types that are a conversion. None may be a click too.</summary>
    public IReadOnlyList<byte> ConversionTypes { get; init; } = [EventTypes.Purchase];

    public TimeSpan ClickWithin { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan ConvertWithin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>For the fingerprint of an experiment.</summary>
    internal string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(',', ClickTypes)};{string.Join(',', ConversionTypes)};{ClickWithin.Ticks};{ConvertWithin.Ticks}"
    );
}
