using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>When a query that is alone is better off with nibbles than with codes.</summary>
internal static class NibbleScan
{
    // Codes that the caches hold are scanned faster than nibbles are taken apart.
    public const long CodeBytesMin = 8L << 20;

    // The lower the threshold, the more rows pass the wide bound to be scored: from 8 MiB on, 9,362 rows a result. A
    // million rows: K = 100 took 0.8 and 0.95 of the time of codes (D = 64, 128), K = 1000 twice as long.
    private const long BytesPerRowAndResult = 896;

    public static bool IsWorthwhile(int rowCount, int stride, int k, long codeBytesMin) =>
        NibbleFormat.IsFor(stride) && (long)rowCount * stride >= codeBytesMin
        && rowCount * BytesPerRowAndResult >= codeBytesMin * k;
}
