using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// One thing a user did. TimeMs: milliseconds since the Unix epoch. Value: dwell, rating or quantity; null where the
/// act has none. EventId: where not 0, the event counts only once however often it is sent.
/// </summary>
public readonly record struct EbbEvent(
    EbbId User, EbbId Item, byte Type, long TimeMs, float? Value = null, ulong EventId = 0);
