using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// One step of a code scan in 32-bit sums: every sum gains the products of its four bytes, exactly. Item bytes are
/// 1..127, query bytes ±127.
/// </summary>
internal interface IByteDot128
{
    public static abstract Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query);
}
