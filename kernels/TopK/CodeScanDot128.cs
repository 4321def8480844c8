using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan in 32-bit sums, 128-bit registers: a tile in two passes, so that four queries' sums fit 16 registers.
/// The passes take rows 0-3 with 8-11 and 4-7 with 12-15, which leaves sums in the order that wider registers do. They
/// are stored as they come and kept if the tile is a hit. Leaf methods, as in <see cref="CodeScan256"/>.
/// </summary>
internal static unsafe class CodeScanDot128<TDot>
    where TDot : struct, IByteDot128
{
    private const int AheadBytes = 4096;

    // SAFETY: see CodeSpan; the hits have room for every tile, so also for one that turns out not to be one.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Four(CodeSpan* span)
    {
        byte* codes = span->Codes;
        byte* hit = span->Hits;
        byte* ahead = span->Ahead;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        int shift = span->Shift;
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector128<short> below = Vector128<short>.AllBitsSet;
            Prefetch(ahead);
            ahead += CodeFormat.GroupBytes;
            for (byte* pass = codes; pass != codes + 32; pass += 16)
            {
                Vector128<int> sum0A = Vector128.Create(span->Starts[0]);
                Vector128<int> sum1A = Vector128.Create(span->Starts[1]);
                Vector128<int> sum2A = Vector128.Create(span->Starts[2]);
                Vector128<int> sum3A = Vector128.Create(span->Starts[3]);
                Vector128<int> sum0B = sum0A;
                Vector128<int> sum1B = sum1A;
                Vector128<int> sum2B = sum2A;
                Vector128<int> sum3B = sum3A;
                int* query = span->Queries;
                byte* rows = pass;
                for (int group = span->GroupCount; group != 0; group--)
                {
                    Vector128<byte> a = Vector128.Load(rows);
                    Vector128<byte> b = Vector128.Load(rows + 32);
                    Vector128<sbyte> q0 = Vector128.Create(*query).AsSByte();
                    sum0A = TDot.Add(sum0A, a, q0);
                    sum0B = TDot.Add(sum0B, b, q0);
                    Vector128<sbyte> q1 = Vector128.Create(query[1]).AsSByte();
                    sum1A = TDot.Add(sum1A, a, q1);
                    sum1B = TDot.Add(sum1B, b, q1);
                    Vector128<sbyte> q2 = Vector128.Create(query[2]).AsSByte();
                    sum2A = TDot.Add(sum2A, a, q2);
                    sum2B = TDot.Add(sum2B, b, q2);
                    Vector128<sbyte> q3 = Vector128.Create(query[3]).AsSByte();
                    sum3A = TDot.Add(sum3A, a, q3);
                    sum3B = TDot.Add(sum3B, b, q3);
                    rows += CodeFormat.GroupBytes;
                    query += 4;
                }

                short* sums = (short*)(hit + 32 + (pass - codes));
                below &= Cut(sum0A, sum0B, shift, limits, sums)
                    & Cut(sum1A, sum1B, shift, limits + CodeSpan.LimitStep, sums + 16)
                    & Cut(sum2A, sum2B, shift, limits + (2 * CodeSpan.LimitStep), sums + 32)
                    & Cut(sum3A, sum3B, shift, limits + (3 * CodeSpan.LimitStep), sums + 48);
            }

            codes += span->GroupCount * CodeFormat.GroupBytes;
            limits++;
            if (below != Vector128<short>.AllBitsSet)
            {
                *(int*)hit = tile;
                hit += CodeScan.FourHitBytes;
            }
        }

        return (int)((hit - span->Hits) / CodeScan.FourHitBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int One(CodeSpan* span)
    {
        byte* codes = span->Codes;
        byte* hit = span->Hits;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        int shift = span->Shift;
        Vector128<int> start = Vector128.Create(*span->Starts);
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector128<int> sumA = start;
            Vector128<int> sumB = start;
            Vector128<int> sumC = start;
            Vector128<int> sumD = start;
            int* query = span->Queries;
            for (int group = span->GroupCount; group != 0; group--)
            {
                Prefetch(codes + AheadBytes);
                Vector128<sbyte> q = Vector128.Create(*query).AsSByte();
                sumA = TDot.Add(sumA, Vector128.Load(codes), q);
                sumB = TDot.Add(sumB, Vector128.Load(codes + 16), q);
                sumC = TDot.Add(sumC, Vector128.Load(codes + 32), q);
                sumD = TDot.Add(sumD, Vector128.Load(codes + 48), q);
                codes += CodeFormat.GroupBytes;
                query++;
            }

            short* sums = (short*)(hit + 32);
            Vector128<short> below = Cut(sumA, sumC, shift, limits, sums) & Cut(sumB, sumD, shift, limits, sums + 8);
            limits++;
            if (below != Vector128<short>.AllBitsSet)
            {
                *(int*)hit = tile;
                hit += CodeScan.OneHitBytes;
            }
        }

        return (int)((hit - span->Hits) / CodeScan.OneHitBytes);
    }

    /// <summary>Stores sums as 16 bits; all bits set where one is below the limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Cut(Vector128<int> a, Vector128<int> b, int shift, int* limit, short* sums)
    {
        Vector128<short> cut = Vector128.NarrowWithSaturation(
            Vector128.ShiftRightArithmetic(a, shift), Vector128.ShiftRightArithmetic(b, shift));
        cut.Store(sums);
        return Vector128.LessThan(cut, Vector128.Create(*limit).AsInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* line)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(line);
        }
    }
}
