namespace Ebb.TestSupport;

/// <summary>Seeded floats for tests: roughly normal, optionally with norms spread over many decades.</summary>
public static class RandomVectors
{
    public const int Seed = 42;

    public static float[] Normal(Random random, int length, double scale = 1)
    {
        float[] vector = new float[length];
        for (int index = 0; index < length; index++)
        {
            vector[index] = (float)(scale * Gaussian(random));
        }

        return vector;
    }

    /// <summary>Scaled by 10^x, x uniform between the two exponents.</summary>
    public static float[] Spread(Random random, int length, double exponentMin, double exponentMax) =>
        Normal(random, length, Math.Pow(10, exponentMin + (random.NextDouble() * (exponentMax - exponentMin))));

    public static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
