namespace Ebb.Bench.Peers;

/// <summary>Vectors on which a bound excludes little or a code holds little.</summary>
internal sealed class HardData
{
    // One table of normal numbers; a vector is a stretch of it. Fast enough for 300 million of them.
    private const int TableLength = 1 << 20;

    private readonly float[] _table = new float[TableLength];
    private readonly Random _random = new(42);

    public HardData()
    {
        for (int at = 0; at < TableLength; at++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
            _table[at] = (float)(radius * Math.Cos(2 * Math.PI * _random.NextDouble()));
        }
    }

    public static IReadOnlyList<string> Kinds { get; } =
        ["normal", "equal", "spread", "zeros", "giant", "negative", "duplicates", "ascending", "ties"];

    /// <summary>Row <paramref name="row"/> of a catalogue of this kind.</summary>
    public void Fill(string kind, int row, Span<float> vector)
    {
        Normal(vector);
        switch (kind)
        {
            case "equal":
                Wave(vector, 0);
                break;
            case "spread":
                Scale(vector, (float)Math.Pow(10, (_random.NextDouble() * 6) - 3));
                break;
            case "zeros":
                vector.Clear();
                break;
            case "giant":
                vector[vector.Length / 2] = 1e6f;
                break;
            case "negative": // against queries of positive numbers
                Sign(vector, -1);
                break;
            case "duplicates":
                Wave(vector, row % 3);
                break;
            case "ascending":
                Sign(vector, 1);
                Scale(vector, 1 + (row * 0.01f));
                break;
            case "ties":
                float[] noise = vector.ToArray();
                Wave(vector, 0);
                for (int d = 0; d < vector.Length; d++)
                {
                    vector[d] += noise[d] * 1e-6f;
                }

                break;
        }
    }

    public float[] Query(string kind, int dimension)
    {
        float[] query = new float[dimension];
        Normal(query);
        if (kind is "negative" or "ascending")
        {
            Sign(query, 1);
        }

        return query;
    }

    private void Normal(Span<float> vector) =>
        _table.AsSpan(_random.Next(TableLength - vector.Length), vector.Length).CopyTo(vector);

    private static void Wave(Span<float> vector, int phase)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            vector[d] = MathF.Sin(phase + d + 1);
        }
    }

    private static void Scale(Span<float> vector, float by)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            vector[d] *= by;
        }
    }

    /// <summary>All of one sign.</summary>
    private static void Sign(Span<float> vector, float sign)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            vector[d] = sign * MathF.Abs(vector[d]);
        }
    }
}
