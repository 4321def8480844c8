namespace Ebb.Engine.Ranking.Drifting;

/// <summary>
/// Before drift is measured, both vectors are multiplied by a matrix: the catalogue's principal components, or rows
/// that are given (topics). Immutable.
/// </summary>
public sealed record ProjectionPolicy
{
    public const int RowCountMax = 256;

    /// <summary>R: so many principal components of the live items' vectors. 0: the rows are given.</summary>
    public int Components { get; init; }

    /// <summary>R rows of D numbers.</summary>
    public IReadOnlyList<IReadOnlyList<float>> Rows { get; init; } = [];

    public int RowCount => Components > 0 ? Components : Rows.Count;

    /// <summary>What keeps it from being served at this dimension; null for nothing.</summary>
    internal string? Problem(int dimension)
    {
        if ((Components > 0) == (Rows.Count > 0))
        {
            return "a projection has components or rows, one of them";
        }

        if (RowCount > Math.Min(RowCountMax, dimension) && Components > 0)
        {
            return $"{Components} principal components of {dimension} dimensions: at most"
                + $" {Math.Min(RowCountMax, dimension)}";
        }

        if (Rows.Count > RowCountMax)
        {
            return $"the projection has {Rows.Count} rows, at most {RowCountMax}";
        }

        for (int row = 0; row < Rows.Count; row++)
        {
            if (Rows[row].Count != dimension || !Rows[row].All(float.IsFinite))
            {
                return $"row {row} of the projection has not {dimension} finite numbers";
            }
        }

        return null;
    }
}
