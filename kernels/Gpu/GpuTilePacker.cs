#if EBB_ILGPU
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.Gpu;

/// <summary>The host's tiles of 16 rows, codes + 64 in unsigned bytes, as device tiles of 32, signed.</summary>
internal static unsafe class GpuTilePacker
{
    private const uint SignBits = 0x80808080;
    private const uint Offsets = 0x40404040;

    /// <param name="items">The host's rows.</param>
    /// <param name="tile">Device tile.</param>
    /// <param name="codeBytes">Codes of a device row.</param>
    /// <param name="codes">32·codeBytes bytes.</param>
    /// <param name="bounds">Two quads.</param>
    // SAFETY: chunks hold a multiple of 32 rows, so both host tiles exist; targets are as long as said.
    public static void Pack(NativeItemMatrix items, int tile, int codeBytes, byte* codes, float* bounds)
    {
        new Span<byte>(codes, GpuItemView.TileRows * codeBytes).Clear();
        for (int half = 0; half < 2; half++)
        {
            int row = (tile * GpuItemView.TileRows) + (half * CodeFormat.TileRows);
            TileBounds figures = items.Bounds(row);
            bool isWritten = *figures.Inverse != 0;
            bool isCoded = isWritten && float.IsFinite(*figures.Error);

            // Rows never written are zeros, and so are their codes. Rows too extreme for codes are all candidates.
            bounds[0] = isCoded ? *figures.Scale : 1;
            bounds[1] = isCoded ? *figures.Inverse : 1;
            bounds[2] = isWritten ? *figures.Error : 0;
            bounds[3] = isCoded ? *figures.Norm : 0;
            bounds += 4;
            if (isCoded)
            {
                PackHalf(items.CodePointer(row), items.Stride, codes + (half * CodeFormat.TileRows * 16));
            }
        }
    }

    private static void PackHalf(byte* source, int stride, byte* target)
    {
        for (int group = 0; group < stride / CodeFormat.GroupDimensions; group++)
        {
            uint* words = (uint*)(source + (group * CodeFormat.GroupBytes));
            byte* column = target + (group / 4 * GpuItemView.GroupBytes) + (group % 4 * 4);
            for (int row = 0; row < CodeFormat.TileRows; row++)
            {
                // Byte by byte c + 64 becomes c: no borrow leaves a byte whose top bit is set.
                *(uint*)(column + (row * 16)) = ((words[row] | SignBits) - Offsets) ^ SignBits;
            }
        }
    }
}
#endif
