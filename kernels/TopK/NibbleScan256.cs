using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The scan of nibbles for one query, in 16-bit sums on AVX2: <see cref="CodeScan256.One"/> with two groups of
/// dimensions to a register and a table that turns nibbles into levels. A leaf for the same reason. Half the bytes for
/// twice the instructions: worth it where bytes come from memory.
/// </summary>
internal static unsafe class NibbleScan256
{
    private const int AllBelow = -1;
    private const int AheadBytes = 4096;
    private const byte LowerHalf = 0x0F;

    /// <summary>Returns the number of hits, laid out as <see cref="CodeScan.One"/> does.</summary>
    // SAFETY: see CodeSpan; Codes are nibbles here. Prefetches never fault.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int One(CodeSpan* span)
    {
        byte* nibbles = span->Codes;
        byte* hit = span->Hits;
        int* limits = span->Limits;
        int tileCount = span->TileCount;
        int pairCount = span->GroupCount / 2;
        Vector256<byte> lower = Vector256.Create(LowerHalf);
        Vector256<byte> levels = Levels();
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
                Sse.Prefetch0(nibbles + AheadBytes);
                Vector256<byte> a = Vector256.Load(nibbles);
                Vector256<byte> b = Vector256.Load(nibbles + 32);
                Vector256<sbyte> q0 = Broadcast(query).AsSByte();
                Vector256<sbyte> q1 = Broadcast(query + 1).AsSByte();
                sumA = Avx2.Add(sumA, Avx2.MultiplyAddAdjacent(Avx2.Shuffle(levels, a & lower), q0));
                sumB = Avx2.Add(sumB, Avx2.MultiplyAddAdjacent(Avx2.Shuffle(levels, b & lower), q0));
                Vector256<byte> upperA = Avx2.ShiftRightLogical(a.AsUInt16(), 4).AsByte() & lower;
                Vector256<byte> upperB = Avx2.ShiftRightLogical(b.AsUInt16(), 4).AsByte() & lower;
                moreA = Avx2.Add(moreA, Avx2.MultiplyAddAdjacent(Avx2.Shuffle(levels, upperA), q1));
                moreB = Avx2.Add(moreB, Avx2.MultiplyAddAdjacent(Avx2.Shuffle(levels, upperB), q1));
                nibbles += CodeFormat.GroupBytes;
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
                Sse.Prefetch0(span->Scales + tile);
                Sse.Prefetch0(span->RowErrors + (tile * CodeFormat.TileRows));
            }
        }

        return (int)((hit - span->Hits) / CodeScan.OneHitBytes);
    }

    /// <summary>
    /// What each nibble stands for (<see cref="NibbleFormat.Levels"/>), moved up by 19 so that a byte is unsigned. A
    /// literal: a field would be read by way of a call, and that keeps registers in memory. Nibble 0 is never written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Levels() => Vector256.Create(
        (byte)0, 0, 5, 8, 11, 13, 15, 17, 19, 21, 23, 25, 27, 30, 33, 38,
        0, 0, 5, 8, 11, 13, 15, 17, 19, 21, 23, 25, 27, 30, 33, 38);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(int* word) => Avx2.BroadcastScalarToVector256(word).AsInt16();
}
