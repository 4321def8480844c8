namespace Ebb.Engine.Encoders;

/// <summary>
/// A trained sequence encoder that is open: events of some users in, a vector each out, in the space of the item
/// vectors. One caller at a time.
/// </summary>
public interface ISequenceModel : IDisposable
{
    /// <summary>What runs read and write; fill it, run, read it.</summary>
    public SequenceBatch Batch { get; }

    /// <summary>What computes: "CPU" or "CUDA".</summary>
    public string Provider { get; }

    /// <summary>It reads ages.</summary>
    public bool WantsAges { get; }

    /// <summary>It reads event types.</summary>
    public bool WantsTypes { get; }

    /// <summary>From Batch's inputs to Batch's output; allocates nothing for a shape that it has met.</summary>
    /// <exception cref="BundleException">The model cannot be run on them.</exception>
    public void Run();
}
