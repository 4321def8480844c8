namespace Ebb.Engine.Experiments.Tuning;

public enum TuneWhat : byte
{
    /// <summary>A step is tried on a share of the users.</summary>
    Try = 1,

    /// <summary>It was better: in force, and watched.</summary>
    Adopt = 2,

    /// <summary>It was worse, or the guard fell.</summary>
    Reject = 3,

    /// <summary>Enough users, and no difference.</summary>
    GiveUp = 4,

    /// <summary>The time of watching is over: it stays.</summary>
    Confirm = 5,

    /// <summary>Taken back by the tuner itself, because the guard or the metric fell.</summary>
    TakeBack = 6,

    /// <summary>Taken back by a person.</summary>
    Revert = 7,
}
