using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>An event of the user that an ACT call names. Fields as in <see cref="EbbEvent"/>.</summary>
public readonly record struct EbbAction(
    EbbId Item, byte Type, long TimeMs, float? Value = null, ulong EventId = 0);
