namespace Ebb.Kernels.Decay;

/// <summary>What <see cref="BlendTraversal"/> walks over; Query sets the length D.</summary>
internal readonly ref struct BlendSpans(
    ReadOnlySpan<float> bank, ReadOnlySpan<BlendRow> rows, Span<float> query)
{
    public ReadOnlySpan<float> Bank { get; } = bank;

    /// <summary>Half-lives that count, in order of m.</summary>
    public ReadOnlySpan<BlendRow> Rows { get; } = rows;

    public Span<float> Query { get; } = query;
}
