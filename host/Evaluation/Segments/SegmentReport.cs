namespace Ebb.Evaluation.Segments;

/// <summary>The segments found, the largest first, and who is in which.</summary>
public sealed record SegmentReport(string Dataset, string Categories)
{
    public IReadOnlyList<FoundSegment> Segments { get; init; } = [];

    /// <summary>User and name of the segment; users without any mass in a category are in none.</summary>
    public IReadOnlyList<(string User, string Segment)> Users { get; init; } = [];

    public int UserCount { get; init; }

    /// <summary>Share of the users' spread that the segments take away.</summary>
    public double Explained { get; init; }
}

/// <summary>
/// A segment, named by the two categories that its users are most over the population in; its heaviest categories with
/// their share of its mass.
/// </summary>
public sealed record FoundSegment(string Name, int UserCount)
{
    public IReadOnlyList<(string Category, double Share, double Population)> Categories { get; init; } = [];
}
