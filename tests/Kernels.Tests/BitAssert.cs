using System.Runtime.InteropServices;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Equality of floats by their bits: −0 is not 0 here, and NaN equals itself.</summary>
internal static class BitAssert
{
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        ReadOnlySpan<int> expectedBits = MemoryMarshal.Cast<float, int>(expected);
        ReadOnlySpan<int> actualBits = MemoryMarshal.Cast<float, int>(actual);
        int at = expectedBits.CommonPrefixLength(actualBits);
        if (at < expected.Length)
        {
            Assert.Fail($"{what}: element {at} is {actual[at]:R}, not {expected[at]:R}");
        }
    }
}
