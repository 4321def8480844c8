using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Bench.Peers;

/// <summary>
/// The machine's int8 roof for one core: sums of byte products whose operands never leave their registers, two
/// operations a product. What the code scan does besides (loading, broadcasting, comparing) is what it stays below.
/// </summary>
internal static class Int8Peak
{
    private const int Repeats = 50_000_000;
    private const int OperationsPerRepeat = 8 * 32 * 2;

    /// <summary>Keeps the sums from being optimised away.</summary>
    public static int Sink { get; private set; }

    /// <summary>10^9 operations a second of CPU time, the best of three; 0 without AVX2.</summary>
    public static double MeasureGops()
    {
        double best = 0;
        for (int round = 0; Avx2.IsSupported && round < 3; round++)
        {
            double start = Clock.NowMs(isWall: false);
            Sink += Run(Repeats);
            best = Math.Max(best, Repeats / (Clock.NowMs(isWall: false) - start) * OperationsPerRepeat / 1e6);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Run(int repeats)
    {
        // Operands that change, or the products would be taken once, ahead of the loop.
        Vector256<byte> a = Vector256.Create((byte)3);
        Vector256<byte> c = Vector256.Create((byte)5);
        Vector256<sbyte> b0 = Vector256.Create((sbyte)repeats);
        Vector256<sbyte> b1 = b0 + Vector256<sbyte>.One;
        Vector256<sbyte> b2 = b1 + Vector256<sbyte>.One;
        Vector256<sbyte> b3 = b2 + Vector256<sbyte>.One;
        Vector256<short> sum0 = Vector256<short>.Zero;
        Vector256<short> sum1 = sum0;
        Vector256<short> sum2 = sum0;
        Vector256<short> sum3 = sum0;
        Vector256<short> sum4 = sum0;
        Vector256<short> sum5 = sum0;
        Vector256<short> sum6 = sum0;
        Vector256<short> sum7 = sum0;
        for (int left = repeats; left != 0; left--)
        {
            a += Vector256<byte>.One;
            c += Vector256<byte>.One;
            sum0 = Avx2.Add(sum0, Avx2.MultiplyAddAdjacent(a, b0));
            sum1 = Avx2.Add(sum1, Avx2.MultiplyAddAdjacent(a, b1));
            sum2 = Avx2.Add(sum2, Avx2.MultiplyAddAdjacent(a, b2));
            sum3 = Avx2.Add(sum3, Avx2.MultiplyAddAdjacent(a, b3));
            sum4 = Avx2.Add(sum4, Avx2.MultiplyAddAdjacent(c, b0));
            sum5 = Avx2.Add(sum5, Avx2.MultiplyAddAdjacent(c, b1));
            sum6 = Avx2.Add(sum6, Avx2.MultiplyAddAdjacent(c, b2));
            sum7 = Avx2.Add(sum7, Avx2.MultiplyAddAdjacent(c, b3));
        }

        return Vector256.Sum(sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7);
    }
}
