using Ebb.Engine.Interest.Lifecycle;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>lifecycle</c> of a policy: the phases of categories, of items, or of both.
/// <code>
/// {"categories": {"half_life": "7 d", "peak_from": 0.7, "expired_below": 0.1, "boost": 0.2, "reduce": 0.2},
///  "items": {"half_life": "1 d", "stop": true}}
/// </code>
/// </summary>
internal static class LifecycleDocument
{
    public static LifecyclePolicy Read(DocumentObject body)
    {
        LifecyclePolicy policy = new()
        {
            Categories = body.Object("categories") is { } categories ? ReadRule(categories) : null,
            Items = body.Object("items") is { } items ? ReadRule(items) : null,
        };
        body.End();
        return policy.IsOn
            ? policy
            : throw new DocumentException(body.Path, "categories or items are wanted here; or leave lifecycle out");
    }

    private static PhaseRule ReadRule(DocumentObject body)
    {
        PhaseRule plain = new();
        PhaseRule rule = new()
        {
            HalfLife = body.Time("half_life", plain.HalfLife, mayBeNever: true),
            PeakFrom = body.Number("peak_from", plain.PeakFrom, 1e-9, 1),
            ExpiredBelow = body.Number("expired_below", plain.ExpiredBelow, 0, 1),
            Boost = body.Number("boost", plain.Boost, 0, PhaseRule.BiasMax),
            Reduce = body.Number("reduce", plain.Reduce, 0, PhaseRule.BiasMax),
            Stop = body.Flag("stop", plain.Stop),
        };
        body.End();
        return rule.ExpiredBelow < rule.PeakFrom
            ? rule
            : throw new DocumentException(
                body.At("expired_below"), $"{rule.ExpiredBelow} is not under peak_from, {rule.PeakFrom}: lower it");
    }
}
