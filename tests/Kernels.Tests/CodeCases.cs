using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;

namespace Ebb.Kernels.Tests;

/// <summary>Small matrices and queries that are hard on codes, and plain readings of both.</summary>
internal static unsafe class CodeCases
{
    public const int RowCount = 64;
    public const int TileCount = RowCount / CodeFormat.TileRows;

    private const int KindCount = 6;

    private static readonly int[] Dimensions = [1, 2, 3, 4, 7, 8, 31, 64, 100, 128, 200, 255, 256, 257, 520, 1024];

    /// <summary>Calls <paramref name="check"/> with every dimension and kind of data.</summary>
    public static void ForEach(Action<NativeItemMatrix, float[]> check)
    {
        Random random = new(RandomVectors.Seed);
        foreach (int dimension in Dimensions)
        {
            for (int kind = 0; kind < KindCount; kind++)
            {
                using NativeItemMatrix items = new(dimension, new MemoryBudget(1 << 30));
                items.EnsureCapacity(RowCount);
                for (int row = 0; row < RowCount; row++)
                {
                    items.Write(row, Vector(random, kind, dimension));
                }

                items.Publish(RowCount);
                check(items, Vector(random, kind, dimension));
            }
        }
    }

    public static TopKBatch Batch(NativeItemMatrix items, params float[][] queries)
    {
        TopKBatch batch = new();
        TopKRequest[] requests =
            [.. queries.Select(query => new TopKRequest { Query = query, K = 1, Results = new ScoredItem[1] })];
        batch.Prepare(items, requests, usesCodes: true);
        return batch;
    }

    public static int Code(NativeItemMatrix items, int row, int d) =>
        items.CodePointer(row & ~15)[(64 * (d / 4)) + (4 * (row & 15)) + (d % 4)] - CodeFormat.Offset;

    /// <summary>Σ b·c, whole.</summary>
    public static int Sum(NativeItemMatrix items, int row, TopKBatch batch, int query)
    {
        sbyte* codes = (sbyte*)batch.Codes.Words(query);
        int sum = 0;
        for (int d = 0; d < items.Stride; d++)
        {
            sum += codes[d] * Code(items, row, d);
        }

        return sum;
    }

    /// <summary>What a scan makes of a sum: cut, then held within 16 bits.</summary>
    public static short Held(NativeItemMatrix items, int sum) =>
        (short)Math.Clamp(sum >> CodeFormat.SumShift(items.Stride), short.MinValue, short.MaxValue);

    private static float[] Vector(Random random, int kind, int dimension)
    {
        float[] vector = RandomVectors.Normal(random, dimension);
        for (int d = 0; d < dimension; d++)
        {
            vector[d] = kind switch
            {
                0 => vector[d],
                1 => Math.Abs(vector[d]) * 1e-6f,
                2 => vector[d] < 0 ? 1 : 1.01f,
                3 => vector[d] * (float)Math.Pow(10, random.Next(-3, 4)),
                4 => -1,
                _ => d % 5 == 0 ? vector[d] * 1e5f : 0.1f,
            };
        }

        return vector;
    }
}
