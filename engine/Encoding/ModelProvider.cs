namespace Ebb.Engine.Encoders;

/// <summary>Where models are computed.</summary>
public enum ModelProvider : byte
{
    Cpu = 0,

    /// <summary>CUDA where this build and machine have it, else the CPU.</summary>
    Cuda = 1,
}
