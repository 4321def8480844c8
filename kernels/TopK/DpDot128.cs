using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Ebb.Kernels.TopK;

/// <summary>Arm's dot product (most cores since 2018): one instruction; item bytes below 128 may count as signed.</summary>
internal readonly struct DpDot128 : IByteDot128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query) =>
        Dp.DotProduct(sums, codes.AsSByte(), query);
}
