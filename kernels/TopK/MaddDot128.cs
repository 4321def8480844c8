using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.TopK;

/// <summary>SSSE3: pairs of products in 16 bits (2·127·127 fits), their pairs in 32.</summary>
internal readonly struct MaddDot128 : IByteDot128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query) =>
        Sse2.Add(sums, Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(codes, query), Vector128<short>.One));
}
