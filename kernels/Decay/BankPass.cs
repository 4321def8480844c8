using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Decay;

/// <summary>
/// One event and the reading after it: what a request does to its user's bank. The caller owns every span; none of
/// them may overlap the bank or the query.
/// </summary>
public readonly ref struct BankPass
{
    public required BankStep Step { get; init; }

    /// <summary>The item's vector, D floats.</summary>
    public required ReadOnlySpan<float> Vector { get; init; }

    /// <summary>When and how the bank is read, counted from its moment after the step.</summary>
    public required BlendAt At { get; init; }

    /// <summary>D floats, overwritten with the unscaled interest vector.</summary>
    public required Span<float> Query { get; init; }

    /// <summary>Null: no drift is asked for, and Reference is not looked at.</summary>
    public DriftMeasure? Drift { get; init; }

    /// <summary>The vector that the query is compared with, D floats.</summary>
    public ReadOnlySpan<float> Reference { get; init; }
}
