using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Ebb.Kernels.TopK;

/// <summary>Arm's dot product, one instruction: item bytes are below 128, so they may count as signed.</summary>
internal readonly struct DpDot128 : IByteDot128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query) =>
        Dp.DotProduct(sums, codes.AsSByte(), query);
}
