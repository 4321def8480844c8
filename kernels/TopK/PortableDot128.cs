using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>Any processor: bytes of even and of odd place as 16-bit lanes, then the two lanes of a sum.</summary>
internal readonly struct PortableDot128 : IByteDot128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> query)
    {
        Vector128<short> pairs = (Even(codes.AsInt16()) * Even(query.AsInt16()))
            + ((codes.AsInt16() >> 8) * (query.AsInt16() >> 8));
        return sums + ((pairs.AsInt32() << 16) >> 16) + (pairs.AsInt32() >> 16);
    }

    private static Vector128<short> Even(Vector128<short> bytes) => (bytes << 8) >> 8;
}
