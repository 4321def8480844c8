namespace Ebb.Protocol;

/// <summary>What EXPERIMENTS is asked. Wire numbers.</summary>
public enum EbbExperimentsVerb : byte
{
    Experiments = 0,
    Shadows = 1,
    Tuning = 2,

    /// <summary>Takes a tuned policy's last step back; for an admin.</summary>
    Revert = 3,

    /// <summary>The arm of a user, whose id is where Revert has the policy.</summary>
    Arm = 4,
}
