using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Tests;

/// <summary>
/// What AVX-VNNI does in one instruction, of AVX2's: with it the loops of <see cref="CodeScanDot256{TDot}"/> run where
/// there is no AVX-VNNI. Pairs of products in 16 bits (2·127·127 fits), their pairs in 32.
/// </summary>
internal readonly struct MaddDot256 : IByteDot256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> codes, Vector256<sbyte> query) =>
        Avx2.Add(sums, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, query), Vector256<short>.One));
}
