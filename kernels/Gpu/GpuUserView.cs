#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>Users on the device: what a sweep reads and what it leaves, one behind the other by user.</summary>
internal readonly struct GpuUserView
{
    public ArrayView<float> Banks { get; init; }

    /// <summary>Since the bank's own last event.</summary>
    public ArrayView<double> ElapsedMs { get; init; }

    /// <summary>D floats a user: what the drift is measured from.</summary>
    public ArrayView<float> References { get; init; }

    /// <summary>D floats a user: the blend.</summary>
    public ArrayView<float> Queries { get; init; }

    public ArrayView<double> Exponents { get; init; }

    public ArrayView<double> Drifts { get; init; }

    public ArrayView<int> Bins { get; init; }

    public ArrayView<ulong> Keys { get; init; }

    /// <summary>Device address of c_m, a double a half-life.</summary>
    public long Coefficients { get; init; }

    public int UserCount { get; init; }
}
#endif
