using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>When a query that is alone is better off with nibbles than with codes.</summary>
internal static class NibbleScan
{
    // Codes that the caches hold are scanned faster than nibbles are taken apart.
    public const long CodeBytesMin = 8L << 20;

    public static bool IsWorthwhile(int rowCount, int stride, long codeBytesMin) =>
        NibbleFormat.IsFor(stride) && (long)rowCount * stride >= codeBytesMin;
}
