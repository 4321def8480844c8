namespace Ebb.Kernels.Decay;

/// <summary>
/// What a pass walks over; Query sets the length D. Spans that the mode does not need may be any D floats.
/// </summary>
internal readonly ref struct PassSpans
{
    /// <summary>The bank: read, and written where the mode updates.</summary>
    public required Span<float> Sums { get; init; }

    public required ReadOnlySpan<PassRow> Rows { get; init; }

    public required ReadOnlySpan<float> Vector { get; init; }

    public required Span<float> Query { get; init; }

    public required ReadOnlySpan<float> Reference { get; init; }
}
