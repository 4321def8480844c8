using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Ebb.Kernels.TopK;

/// <summary>Arm without a dot product: products and their pairs in 16 bits (2·127·127 fits), then 32.</summary>
internal readonly struct AdvSimdDot128 : IByteDot128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query)
    {
        Vector128<short> lower = AdvSimd.MultiplyWideningLower(codes.AsSByte().GetLower(), query.GetLower());
        Vector128<short> upper = AdvSimd.MultiplyWideningUpper(codes.AsSByte(), query);
        return AdvSimd.AddPairwiseWideningAndAdd(sums, AdvSimd.Arm64.AddPairwise(lower, upper));
    }
}
