namespace Ebb.Engine;

/// <summary>
/// One thing a user did: which item, what kind of act, when (milliseconds since the Unix epoch), and how much of it
/// (dwell, rating, quantity; null where the act has no measure). An event id, where given, makes it count only once.
/// </summary>
public readonly record struct BehaviourEvent(
    OpaqueId User, OpaqueId Item, byte Type, long TimeMs, float? Value = null, ulong EventId = 0);
