namespace Ebb.Engine.Interest;

/// <summary>w_e = W[type]·g(value), looked up by type. Immutable.</summary>
internal sealed class ImpulseRule
{
    /// <summary>
    /// Largest magnitude of an effective weight: an extreme value must not make a user's sums infinite.
    /// </summary>
    public const float WeightMax = 1e6f;

    private readonly EventTypeRule?[] _rules = new EventTypeRule?[EventTypes.CountMax];

    public ImpulseRule(MemorySchema schema)
    {
        foreach (EventTypeRule rule in schema.EventTypes)
        {
            _rules[rule.Type] = rule;
        }
    }

    /// <summary>Shown, and nothing more: unless the schema makes something else of the type.</summary>
    public bool IsImpression(byte type) => type == EventTypes.Impression && _rules[type] is null;

    /// <summary>The weight of an event, or why it has none. A NaN value means that none was given.</summary>
    public EntryStatus TryWeigh(byte type, float value, out float weight)
    {
        weight = 0;
        if (IsImpression(type))
        {
            return EntryStatus.Ok;
        }

        if (type >= _rules.Length || _rules[type] is not { } rule)
        {
            return EntryStatus.UnknownEventType;
        }

        double gain = float.IsNaN(value) ? 1 : rule.Scale switch
        {
            ImpulseScale.Linear => value,
            ImpulseScale.Logarithmic => Math.Log2(1 + Math.Max(0, value)),
            _ => 1,
        };
        weight = (float)(rule.Weight * gain);
        return Math.Abs(weight) <= WeightMax && !float.IsInfinity(value) ? EntryStatus.Ok : EntryStatus.NotFinite;
    }
}
