using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The code scan in 16-bit sums on AVX2, for strides up to 128. Leaf methods: a call anywhere in them makes the JIT
/// keep the sums in memory, at half the speed. A sum that leaves 16 bits stays at the end it left by.
/// </summary>
internal static unsafe class CodeScan256
{
    private const int AllBelow = -1;
    private const int AheadBytes = 4096;

    // Twelve sums, two registers of codes, a query's word and a product are all sixteen registers. Two groups a step:
    // with one the front end is what Four waits for.
    // SAFETY: see CodeSpan. Prefetches never fault.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Six(CodeSpan* span)
    {
        byte* codes = span->Codes;
        byte* hit = span->Hits;
        byte* ahead = span->Ahead;
        int* starts = span->Starts;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector256<short> sum0A = Broadcast(starts), sum0B = sum0A;
            Vector256<short> sum1A = Broadcast(starts + 1), sum1B = sum1A;
            Vector256<short> sum2A = Broadcast(starts + 2), sum2B = sum2A;
            Vector256<short> sum3A = Broadcast(starts + 3), sum3B = sum3A;
            Vector256<short> sum4A = Broadcast(starts + 4), sum4B = sum4A;
            Vector256<short> sum5A = Broadcast(starts + 5), sum5B = sum5A;
            int* query = span->Queries;
            Sse.Prefetch1(ahead);
            ahead += CodeFormat.GroupBytes;
            for (int group = span->GroupCount; group != 0; group -= 2)
            {
                Vector256<byte> a = Vector256.Load(codes);
                Vector256<byte> b = Vector256.Load(codes + 32);
                Add(ref sum0A, ref sum0B, a, b, query);
                Add(ref sum1A, ref sum1B, a, b, query + 1);
                Add(ref sum2A, ref sum2B, a, b, query + 2);
                Add(ref sum3A, ref sum3B, a, b, query + 3);
                Add(ref sum4A, ref sum4B, a, b, query + 4);
                Add(ref sum5A, ref sum5B, a, b, query + 5);
                a = Vector256.Load(codes + 64);
                b = Vector256.Load(codes + 96);
                Add(ref sum0A, ref sum0B, a, b, query + 6);
                Add(ref sum1A, ref sum1B, a, b, query + 7);
                Add(ref sum2A, ref sum2B, a, b, query + 8);
                Add(ref sum3A, ref sum3B, a, b, query + 9);
                Add(ref sum4A, ref sum4B, a, b, query + 10);
                Add(ref sum5A, ref sum5B, a, b, query + 11);
                codes += 2 * CodeFormat.GroupBytes;
                query += 12;
            }

            Vector256<short> sums0 = Avx2.HorizontalAddSaturate(sum0A, sum0B);
            Vector256<short> sums1 = Avx2.HorizontalAddSaturate(sum1A, sum1B);
            Vector256<short> sums2 = Avx2.HorizontalAddSaturate(sum2A, sum2B);
            Vector256<short> sums3 = Avx2.HorizontalAddSaturate(sum3A, sum3B);
            Vector256<short> sums4 = Avx2.HorizontalAddSaturate(sum4A, sum4B);
            Vector256<short> sums5 = Avx2.HorizontalAddSaturate(sum5A, sum5B);
            Vector256<short> below =
                Avx2.CompareGreaterThan(Broadcast(limits), sums0)
                & Avx2.CompareGreaterThan(Broadcast(limits + CodeSpan.LimitStep), sums1)
                & Avx2.CompareGreaterThan(Broadcast(limits + (2 * CodeSpan.LimitStep)), sums2)
                & Avx2.CompareGreaterThan(Broadcast(limits + (3 * CodeSpan.LimitStep)), sums3)
                & Avx2.CompareGreaterThan(Broadcast(limits + (4 * CodeSpan.LimitStep)), sums4)
                & Avx2.CompareGreaterThan(Broadcast(limits + (5 * CodeSpan.LimitStep)), sums5);
            limits++;
            if (Avx2.MoveMask(below.AsByte()) != AllBelow)
            {
                *(int*)hit = tile;
                sums0.Store((short*)(hit + 32));
                sums1.Store((short*)(hit + 64));
                sums2.Store((short*)(hit + 96));
                sums3.Store((short*)(hit + 128));
                sums4.Store((short*)(hit + 160));
                sums5.Store((short*)(hit + 192));
                hit += CodeScan.SixHitBytes;
            }
        }

        return (int)((hit - span->Hits) / CodeScan.SixHitBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Four(CodeSpan* span)
    {
        byte* codes = span->Codes;
        byte* hit = span->Hits;
        byte* ahead = span->Ahead;
        int* starts = span->Starts;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector256<short> sum0A = Broadcast(starts), sum0B = sum0A;
            Vector256<short> sum1A = Broadcast(starts + 1), sum1B = sum1A;
            Vector256<short> sum2A = Broadcast(starts + 2), sum2B = sum2A;
            Vector256<short> sum3A = Broadcast(starts + 3), sum3B = sum3A;
            int* query = span->Queries;
            Sse.Prefetch1(ahead);
            ahead += CodeFormat.GroupBytes;
            for (int group = span->GroupCount; group != 0; group -= 2)
            {
                Vector256<byte> a = Vector256.Load(codes);
                Vector256<byte> b = Vector256.Load(codes + 32);
                Add(ref sum0A, ref sum0B, a, b, query);
                Add(ref sum1A, ref sum1B, a, b, query + 1);
                Add(ref sum2A, ref sum2B, a, b, query + 2);
                Add(ref sum3A, ref sum3B, a, b, query + 3);
                a = Vector256.Load(codes + 64);
                b = Vector256.Load(codes + 96);
                Add(ref sum0A, ref sum0B, a, b, query + 4);
                Add(ref sum1A, ref sum1B, a, b, query + 5);
                Add(ref sum2A, ref sum2B, a, b, query + 6);
                Add(ref sum3A, ref sum3B, a, b, query + 7);
                codes += 2 * CodeFormat.GroupBytes;
                query += 8;
            }

            Vector256<short> sums0 = Avx2.HorizontalAddSaturate(sum0A, sum0B);
            Vector256<short> sums1 = Avx2.HorizontalAddSaturate(sum1A, sum1B);
            Vector256<short> sums2 = Avx2.HorizontalAddSaturate(sum2A, sum2B);
            Vector256<short> sums3 = Avx2.HorizontalAddSaturate(sum3A, sum3B);
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
        Vector256<short> start = Broadcast(span->Starts);
        for (int tile = 0; tile < tileCount; tile++)
        {
            Vector256<short> sumA = start;
            Vector256<short> sumB = start;
            Vector256<short> moreA = Vector256<short>.Zero;
            Vector256<short> moreB = Vector256<short>.Zero;
            int* query = span->Queries;
            for (int pair = pairCount; pair != 0; pair--)
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

            Vector256<short> sums = Avx2.HorizontalAddSaturate(Avx2.Add(sumA, moreA), Avx2.Add(sumB, moreB));
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

    /// <summary>A query's word against the 16 rows of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        ref Vector256<short> sumA, ref Vector256<short> sumB, Vector256<byte> a, Vector256<byte> b, int* word)
    {
        Vector256<sbyte> query = Broadcast(word).AsSByte();
        sumA = Avx2.Add(sumA, Avx2.MultiplyAddAdjacent(a, query));
        sumB = Avx2.Add(sumB, Avx2.MultiplyAddAdjacent(b, query));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(int* word) => Avx2.BroadcastScalarToVector256(word).AsInt16();
}
