namespace Ebb.Bench.Micro;

/// <summary>Fixed data: the same floats in every run and every process.</summary>
internal static class BenchData
{
    public static float[] Vector(Random random, int length)
    {
        float[] vector = new float[length];
        for (int index = 0; index < length; index++)
        {
            // Three uniforms make a rough bell: what embeddings look like, one coordinate at a time.
            vector[index] = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
        }

        return vector;
    }
}
