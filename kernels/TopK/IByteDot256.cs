using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// One step of a code scan in 32-bit sums: every sum gains the products of its four bytes, exactly. Item bytes are
/// 1..127, query bytes ±127.
/// </summary>
internal interface IByteDot256
{
    public static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> codes, Vector256<sbyte> query);
}
