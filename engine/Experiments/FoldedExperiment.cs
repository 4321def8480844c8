namespace Ebb.Engine.Experiments;

/// <summary>What one partition counted of an experiment, by arm. Folded state.</summary>
internal sealed class FoldedExperiment(uint fingerprint)
{
    /// <summary>Of the definition that the first impression was counted under.</summary>
    public uint Fingerprint => fingerprint;

    /// <summary>The latest impression's time.</summary>
    public long LastMs { get; set; } = long.MinValue;

    public ArmSums[] Arms { get; } = new ArmSums[Experiment.ArmCountMax];
}
