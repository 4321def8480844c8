namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of a PROFILE reply after its counts.</summary>
public readonly record struct ProfileHead(
    bool Known, double Log2Scale, long LastEventMs, ulong EventCount, double Drift, ulong Generation);
