namespace Ebb.Kernels.Gpu;

/// <summary>There is no GPU to work on; the message says why, in one line.</summary>
public sealed class GpuUnavailableException : Exception
{
    public GpuUnavailableException(string message)
        : base(message)
    {
    }

    public GpuUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
