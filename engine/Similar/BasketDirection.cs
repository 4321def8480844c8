using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Similar;

/// <summary>
/// The direction of a basket: the sum of its items' unit vectors, made a unit vector. Every item counts alike, however
/// long its vector. In double, rounded once.
/// </summary>
internal static class BasketDirection
{
    /// <summary>False when it is zero: items without a direction, or such as cancel.</summary>
    public static bool TryFill(IReadOnlyList<int> rows, CatalogueLease lease, Span<float> direction)
    {
        double[] sum = new double[direction.Length];
        foreach (int row in rows)
        {
            ReadOnlySpan<float> vector = lease.Vector(row);
            double norm = Norm(vector);
            for (int d = 0; d < sum.Length && norm > 0; d++)
            {
                sum[d] += vector[d] / norm;
            }
        }

        double length = 0;
        foreach (double element in sum)
        {
            length += element * element;
        }

        length = Math.Sqrt(length);

        // What is left of items that cancel is rounding and no direction.
        if (length <= 1e-9 * rows.Count)
        {
            return false;
        }

        for (int d = 0; d < sum.Length; d++)
        {
            direction[d] = (float)(sum[d] / length);
        }

        return true;
    }

    private static double Norm(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float element in vector)
        {
            sum += (double)element * element;
        }

        return Math.Sqrt(sum);
    }
}
