namespace Ebb.Engine.Interest;

/// <summary>
/// How the impulse of a category's items is divided over the bank: S_m gets w·Shares[m] instead of w. One share a
/// half-life, 0 to 1, not all 0.
/// </summary>
public sealed record CategorySplit(string Category, IReadOnlyList<double> Shares)
{
    /// <summary>An event names its split in five bits; 0 is none.</summary>
    public const int CountMax = 31;

    public bool Equals(CategorySplit? other) =>
        other is not null && Category == other.Category && Shares.SequenceEqual(other.Shares);

    public override int GetHashCode() => HashCode.Combine(Category, Shares.Count);
}
