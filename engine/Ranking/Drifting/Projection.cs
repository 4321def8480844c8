namespace Ebb.Engine.Ranking.Drifting;

/// <summary>A matrix of R rows that vectors are multiplied by. Immutable.</summary>
internal sealed class Projection
{
    private readonly float[][] _rows;

    public Projection(IEnumerable<IReadOnlyList<float>> rows)
    {
        _rows = [.. rows.Select(row => row.ToArray())];
    }

    public int RowCount => _rows.Length;

    /// <summary>In double, dimensions in index order.</summary>
    public void Apply(ReadOnlySpan<float> vector, Span<float> projected)
    {
        for (int row = 0; row < _rows.Length; row++)
        {
            double sum = 0;
            float[] weights = _rows[row];
            for (int d = 0; d < weights.Length; d++)
            {
                sum += (double)weights[d] * vector[d];
            }

            projected[row] = (float)sum;
        }
    }
}
