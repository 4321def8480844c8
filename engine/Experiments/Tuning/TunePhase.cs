namespace Ebb.Engine.Experiments.Tuning;

public enum TunePhase : byte
{
    /// <summary>Nothing is tried: the next look begins a trial.</summary>
    Resting = 0,

    Trying = 1,

    /// <summary>A step was taken, and is watched against the value before it.</summary>
    Watching = 2,
}
