using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.TopK;

/// <summary>AVX-VNNI: one instruction. (.NET 10 has no name for the same in AVX-512 VNNI.)</summary>
internal readonly struct VnniDot256 : IByteDot256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> codes, Vector256<sbyte> query) =>
        AvxVnni.MultiplyWideningAndAdd(sums, codes, query);
}
