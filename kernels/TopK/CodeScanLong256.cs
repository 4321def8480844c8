using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan on AVX2 for rows of many sections: each in 16-bit sums that fit it, as in <see cref="CodeScan256"/>,
/// then added to 32-bit ones. Four queries' take their turn in memory, once a section; named locals would push the
/// 16-bit sums out of their registers. Leaf methods.
/// </summary>
internal static unsafe class CodeScanLong256
{
    private const int AllBelow = -1;
    private const int AheadBytes = 4096;

    // SAFETY: see CodeSpan. Prefetches never fault.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Four(CodeSpan* span)
    {
        byte* codes = span->Codes;
        byte* hit = span->Hits;
        byte* ahead = span->Ahead;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        Vector128<int> shift = Vector128.CreateScalar(span->Shift);
        for (int tile = 0; tile < tileCount; tile++)
        {
            Sse.Prefetch1(ahead);
            ahead += CodeFormat.GroupBytes;
            int* start = span->Starts;
            int* query = span->Queries;
            Vector256<int>* sums = (Vector256<int>*)span->Sums;
            Clear(sums);
            for (int left = span->GroupCount; left > 0; left -= CodeFormat.SectionGroups)
            {
                Vector256<short> sum0A = Broadcast(start);
                Vector256<short> sum1A = Broadcast(start + 1);
                Vector256<short> sum2A = Broadcast(start + 2);
                Vector256<short> sum3A = Broadcast(start + 3);
                Vector256<short> sum0B = sum0A;
                Vector256<short> sum1B = sum1A;
                Vector256<short> sum2B = sum2A;
                Vector256<short> sum3B = sum3A;
                start += 4;
                for (int group = Math.Min(left, CodeFormat.SectionGroups); group != 0; group--)
                {
                    Vector256<byte> a = Vector256.Load(codes);
                    Vector256<byte> b = Vector256.Load(codes + 32);
                    Vector256<sbyte> q0 = Broadcast(query).AsSByte();
                    sum0A = Avx2.Add(sum0A, Avx2.MultiplyAddAdjacent(a, q0));
                    sum0B = Avx2.Add(sum0B, Avx2.MultiplyAddAdjacent(b, q0));
                    Vector256<sbyte> q1 = Broadcast(query + 1).AsSByte();
                    sum1A = Avx2.Add(sum1A, Avx2.MultiplyAddAdjacent(a, q1));
                    sum1B = Avx2.Add(sum1B, Avx2.MultiplyAddAdjacent(b, q1));
                    Vector256<sbyte> q2 = Broadcast(query + 2).AsSByte();
                    sum2A = Avx2.Add(sum2A, Avx2.MultiplyAddAdjacent(a, q2));
                    sum2B = Avx2.Add(sum2B, Avx2.MultiplyAddAdjacent(b, q2));
                    Vector256<sbyte> q3 = Broadcast(query + 3).AsSByte();
                    sum3A = Avx2.Add(sum3A, Avx2.MultiplyAddAdjacent(a, q3));
                    sum3B = Avx2.Add(sum3B, Avx2.MultiplyAddAdjacent(b, q3));
                    codes += CodeFormat.GroupBytes;
                    query += 4;
                }

                sums[0] += Widen(sum0A);
                sums[1] += Widen(sum0B);
                sums[2] += Widen(sum1A);
                sums[3] += Widen(sum1B);
                sums[4] += Widen(sum2A);
                sums[5] += Widen(sum2B);
                sums[6] += Widen(sum3A);
                sums[7] += Widen(sum3B);
            }

            if (Store(sums, shift, limits, hit) != AllBelow)
            {
                *(int*)hit = tile;
                hit += CodeScan.FourHitBytes;
            }

            limits++;
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
        Vector128<int> shift = Vector128.CreateScalar(span->Shift);
        for (int tile = 0; tile < tileCount; tile++)
        {
            int* start = span->Starts;
            int* query = span->Queries;
            Vector256<int> wideA = Vector256<int>.Zero;
            Vector256<int> wideB = Vector256<int>.Zero;
            for (int left = span->GroupCount; left > 0; left -= CodeFormat.SectionGroups)
            {
                Vector256<short> sumA = Broadcast(start);
                Vector256<short> sumB = sumA;
                Vector256<short> moreA = Vector256<short>.Zero;
                Vector256<short> moreB = Vector256<short>.Zero;
                start++;
                for (int pair = Math.Min(left, CodeFormat.SectionGroups) / 2; pair != 0; pair--)
                {
                    Sse.Prefetch0(codes + AheadBytes);
                    Sse.Prefetch0(codes + AheadBytes + 64);
                    Vector256<sbyte> q0 = Broadcast(query).AsSByte();
                    Vector256<sbyte> q1 = Broadcast(query + 1).AsSByte();
                    sumA = Avx2.Add(sumA, Avx2.MultiplyAddAdjacent(Vector256.Load(codes), q0));
                    sumB = Avx2.Add(sumB, Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 32), q0));
                    moreA = Avx2.Add(moreA, Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 64), q1));
                    moreB = Avx2.Add(moreB, Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 96), q1));
                    codes += 2 * CodeFormat.GroupBytes;
                    query += 2;
                }

                wideA += Widen(Avx2.Add(sumA, moreA));
                wideB += Widen(Avx2.Add(sumB, moreB));
            }

            Vector256<short> sums = Cut(wideA, wideB, shift);
            Vector256<short> below = Avx2.CompareGreaterThan(Broadcast(limits), sums);
            limits++;
            if (Avx2.MoveMask(below.AsByte()) != AllBelow)
            {
                *(int*)hit = tile;
                sums.Store((short*)(hit + 32));
                hit += CodeScan.OneHitBytes;
            }
        }

        return (int)((hit - span->Hits) / CodeScan.OneHitBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(int* word) => Avx2.BroadcastScalarToVector256(word).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(Vector256<int>* sums)
    {
        for (int at = 0; at < 8; at++)
        {
            sums[at] = Vector256<int>.Zero;
        }
    }

    /// <summary>Writes a hit's sums, be it one or not: there is room. All bits set: every sum is below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Store(Vector256<int>* sums, Vector128<int> shift, int* limits, byte* hit)
    {
        Vector256<short> sums0 = Cut(sums[0], sums[1], shift);
        Vector256<short> sums1 = Cut(sums[2], sums[3], shift);
        Vector256<short> sums2 = Cut(sums[4], sums[5], shift);
        Vector256<short> sums3 = Cut(sums[6], sums[7], shift);
        sums0.Store((short*)(hit + 32));
        sums1.Store((short*)(hit + 64));
        sums2.Store((short*)(hit + 96));
        sums3.Store((short*)(hit + 128));
        Vector256<short> below =
            Avx2.CompareGreaterThan(Broadcast(limits), sums0)
            & Avx2.CompareGreaterThan(Broadcast(limits + CodeSpan.LimitStep), sums1)
            & Avx2.CompareGreaterThan(Broadcast(limits + (2 * CodeSpan.LimitStep)), sums2)
            & Avx2.CompareGreaterThan(Broadcast(limits + (3 * CodeSpan.LimitStep)), sums3);
        return Avx2.MoveMask(below.AsByte());
    }

    /// <summary>The two halves of each row's section.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<short> halves) =>
        Avx2.MultiplyAddAdjacent(halves, Vector256<short>.One);

    /// <summary>Rows 0-7 and 8-15 as 16 bits: 0-3, 8-11, 4-7, 12-15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Cut(Vector256<int> a, Vector256<int> b, Vector128<int> shift) =>
        Avx2.PackSignedSaturate(Avx2.ShiftRightArithmetic(a, shift), Avx2.ShiftRightArithmetic(b, shift));
}
