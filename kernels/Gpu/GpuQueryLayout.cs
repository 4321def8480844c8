#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>
/// Where a code of a query lies. Small batches: one query behind the other. Batches for tensor cores: 32 queries
/// together, in the order in which a warp's lanes hold them as the rows of mma, so that a lane's 16-byte load is an
/// operand as it stands and a warp's load is 512 bytes in a row.
/// <code>
/// query q of its 32: half h = q / 16, g = q % 8, upper u = q / 8 % 2
/// dimension d: 64·k + 16·t + 8·s + 4·w + b
/// byte = 2048·k + 512·(2·h + s) + 16·(4·g + t) + 4·(2·w + u) + b
/// </code>
/// </summary>
internal static class GpuQueryLayout
{
    /// <summary>Bytes of 64 dimensions of 32 queries.</summary>
    public const int BlockBytes = GpuBatchView.QueryBlock * GpuItemView.BlockDimensions;

    /// <summary>Bytes between one operand of the lanes and the next.</summary>
    public const int OperandBytes = 512;

    /// <summary>From the start of all codes.</summary>
    public static long Offset(int query, int d, int codeBytes, bool isTiled)
    {
        if (!isTiled)
        {
            return ((long)query * codeBytes) + d;
        }

        int own = query & (GpuBatchView.QueryBlock - 1);
        long start = (long)(query - own) * codeBytes;
        int lane = ((own & 7) * 4) + ((d >> 4) & 3);
        int operand = ((own >> 4) * 2) + ((d >> 3) & 1);
        int word = (((d >> 2) & 1) * 2) + ((own >> 3) & 1);
        return start + ((d >> 6) * BlockBytes) + (operand * OperandBytes) + (lane * 16) + (word * 4) + (d & 3);
    }
}
#endif
