using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan in 32-bit sums, 256-bit registers: they never leave their lanes, whatever the dimension, and are cut
/// to 16 bits when a tile is done. Leaf methods, as in <see cref="CodeScan256"/>.
/// </summary>
internal static unsafe class CodeScanDot256<TDot>
    where TDot : struct, IByteDot256
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
            Vector256<int> sum0A = Vector256.Create(span->Starts[0]);
            Vector256<int> sum1A = Vector256.Create(span->Starts[1]);
            Vector256<int> sum2A = Vector256.Create(span->Starts[2]);
            Vector256<int> sum3A = Vector256.Create(span->Starts[3]);
            Vector256<int> sum0B = sum0A;
            Vector256<int> sum1B = sum1A;
            Vector256<int> sum2B = sum2A;
            Vector256<int> sum3B = sum3A;
            int* query = span->Queries;
            Sse.Prefetch1(ahead);
            ahead += CodeFormat.GroupBytes;
            for (int group = span->GroupCount; group != 0; group--)
            {
                Vector256<byte> a = Vector256.Load(codes);
                Vector256<byte> b = Vector256.Load(codes + 32);
                Vector256<sbyte> q0 = Broadcast(query).AsSByte();
                sum0A = TDot.Add(sum0A, a, q0);
                sum0B = TDot.Add(sum0B, b, q0);
                Vector256<sbyte> q1 = Broadcast(query + 1).AsSByte();
                sum1A = TDot.Add(sum1A, a, q1);
                sum1B = TDot.Add(sum1B, b, q1);
                Vector256<sbyte> q2 = Broadcast(query + 2).AsSByte();
                sum2A = TDot.Add(sum2A, a, q2);
                sum2B = TDot.Add(sum2B, b, q2);
                Vector256<sbyte> q3 = Broadcast(query + 3).AsSByte();
                sum3A = TDot.Add(sum3A, a, q3);
                sum3B = TDot.Add(sum3B, b, q3);
                codes += CodeFormat.GroupBytes;
                query += 4;
            }

            Vector256<short> sums0 = Cut(sum0A, sum0B, shift);
            Vector256<short> sums1 = Cut(sum1A, sum1B, shift);
            Vector256<short> sums2 = Cut(sum2A, sum2B, shift);
            Vector256<short> sums3 = Cut(sum3A, sum3B, shift);
            Vector256<short> below =
                Avx2.CompareGreaterThan(Broadcast(limits), sums0)
                & Avx2.CompareGreaterThan(Broadcast(limits + CodeSpan.LimitStep), sums1)
                & Avx2.CompareGreaterThan(Broadcast(limits + (2 * CodeSpan.LimitStep)), sums2)
                & Avx2.CompareGreaterThan(Broadcast(limits + (3 * CodeSpan.LimitStep)), sums3);
            limits++;
            if (Avx2.MoveMask(below.AsByte()) != AllBelow)
            {
                *(int*)hit = tile;
                sums0.Store((short*)(hit + 32));
                sums1.Store((short*)(hit + 64));
                sums2.Store((short*)(hit + 96));
                sums3.Store((short*)(hit + 128));
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
        int pairCount = span->GroupCount / 2;
        Vector128<int> shift = Vector128.CreateScalar(span->Shift);
        Vector256<int> start = Vector256.Create(*span->Starts);
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector256<int> sumA = start;
            Vector256<int> sumB = start;
            Vector256<int> moreA = Vector256<int>.Zero;
            Vector256<int> moreB = Vector256<int>.Zero;
            int* query = span->Queries;
            for (int pair = pairCount; pair != 0; pair--)
            {
                Sse.Prefetch0(codes + AheadBytes);
                Sse.Prefetch0(codes + AheadBytes + 64);
                Vector256<sbyte> q0 = Broadcast(query).AsSByte();
                Vector256<sbyte> q1 = Broadcast(query + 1).AsSByte();
                sumA = TDot.Add(sumA, Vector256.Load(codes), q0);
                sumB = TDot.Add(sumB, Vector256.Load(codes + 32), q0);
                moreA = TDot.Add(moreA, Vector256.Load(codes + 64), q1);
                moreB = TDot.Add(moreB, Vector256.Load(codes + 96), q1);
                codes += 2 * CodeFormat.GroupBytes;
                query += 2;
            }

            Vector256<short> sums = Cut(sumA + moreA, sumB + moreB, shift);
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

    /// <summary>Rows 0-7 and 8-15 as 16 bits: 0-3, 8-11, 4-7, 12-15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Cut(Vector256<int> a, Vector256<int> b, Vector128<int> shift) =>
        Avx2.PackSignedSaturate(Avx2.ShiftRightArithmetic(a, shift), Avx2.ShiftRightArithmetic(b, shift));
}
