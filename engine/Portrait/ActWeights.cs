using Ebb.Engine.Interest;

namespace Ebb.Engine.Portrait;

/// <summary>
/// The weight that an engine of a schema would fold an event with, for who reads a log. Without the burst cap, which
/// needs the user's other events. Immutable.
/// </summary>
public sealed class ActWeights(MemorySchema schema)
{
    private readonly ImpulseRule _rule = new(schema);

    /// <summary>Null where the schema refuses the event. A NaN value: none was given.</summary>
    public float? Of(byte type, float value) =>
        _rule.TryWeigh(type, value, out float weight) == EntryStatus.Ok ? weight : null;
}
