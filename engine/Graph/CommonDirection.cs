namespace Ebb.Engine.Graph;

/// <summary>The direction of the sum of the items' own unit vectors. Filled, then read.</summary>
internal sealed class CommonDirection(int dimension)
{
    private readonly double[] _sum = new double[dimension];

    /// <summary>Vectors that have a direction.</summary>
    public int Count { get; private set; }

    /// <summary>Counts a vector by its direction.</summary>
    public void Add(ReadOnlySpan<float> vector)
    {
        double squares = 0;
        foreach (float element in vector)
        {
            squares += (double)element * element;
        }

        double norm = Math.Sqrt(squares);
        if (norm > 0)
        {
            Count++;
            for (int d = 0; d < _sum.Length; d++)
            {
                _sum[d] += vector[d] / norm;
            }
        }
    }

    /// <summary>A unit vector less a share of its part along the direction, a unit vector again.</summary>
    public float[] TakenFrom(float[] vector, double share)
    {
        double length = Math.Sqrt(_sum.Sum(element => element * element));
        if (share == 0 || length <= 1e-12)
        {
            return vector;
        }

        double along = 0;
        for (int d = 0; d < vector.Length; d++)
        {
            along += vector[d] * _sum[d] / length;
        }

        double squares = 0;
        double[] left = new double[vector.Length];
        for (int d = 0; d < left.Length; d++)
        {
            left[d] = vector[d] - (share * along * _sum[d] / length);
            squares += left[d] * left[d];
        }

        // A vector of nothing else stays as it is: better in every list than nowhere.
        double norm = Math.Sqrt(squares);
        return norm <= 1e-6 ? vector : Array.ConvertAll(left, element => (float)(element / norm));
    }
}
