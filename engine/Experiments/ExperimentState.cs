namespace Ebb.Engine.Experiments;

public enum ExperimentState : byte
{
    /// <summary>Its start lies ahead.</summary>
    Waiting = 0,

    Running = 1,

    Ended = 2,
}
