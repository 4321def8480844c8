namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>What an interest is in.</summary>
public enum PhaseSubject : byte
{
    Category = 0,

    /// <summary>One of the items among the user's last events.</summary>
    Item = 1,
}
