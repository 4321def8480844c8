namespace Ebb.Engine.Experiments;

/// <summary>Whose arm a user is in. Places are ends of its part of the line from 0 to 1.</summary>
internal sealed record LayerArm(Experiment Experiment, int Arm, int PolicyIndex)
{
    public required double From { get; init; }

    public required double To { get; init; }

    public required long StartMs { get; init; }

    /// <summary>long.MaxValue: none.</summary>
    public required long EndMs { get; init; }

    public required uint Key { get; init; }

    public required uint Fingerprint { get; init; }
}
