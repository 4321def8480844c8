namespace Ebb.Engine.Ranking;

/// <summary>‖v‖₂ in double, dimensions in index order.</summary>
internal static class VectorNorm
{
    public static double Of(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float value in vector)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    }
}
