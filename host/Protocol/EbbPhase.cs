namespace Ebb.Protocol;

/// <summary>Where an interest stands against its own past peak; numbers as in PROTOCOL.md.</summary>
public enum EbbPhase : byte
{
    Rising = 0,
    Peak = 1,
    Fading = 2,
    Expired = 3,

    /// <summary>In CHANGE: the interest was not known before, or is not any more.</summary>
    None = 255,
}
