namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>Where an interest stands against its own past peak (DESIGN.md beside this defines it).</summary>
public enum InterestPhase : byte
{
    /// <summary>Above everything that it ever was before its last event.</summary>
    Rising = 0,

    /// <summary>Near its peak, and not above the one before.</summary>
    Peak = 1,

    Fading = 2,

    /// <summary>Next to nothing of the peak is left; also what never had any, such as dislikes alone.</summary>
    Expired = 3,
}
