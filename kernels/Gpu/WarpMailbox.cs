#if EBB_ILGPU
using System.Runtime.InteropServices;
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Tensor-core arithmetic on ILGPU's CPU accelerator, where a lane is a thread: the warp writes its operands into the
/// first lane's box, meets, and each lane reads what its sums need. Never part of a kernel on a device.
/// </summary>
internal static unsafe class WarpMailbox
{
    private const int WordsPerLane = 6;

    [ThreadStatic]
    private static int[]? _box;

    public static Quad MultiplyTile(Quad a, int b0, int b1, Quad sums)
    {
        _box ??= GC.AllocateUninitializedArray<int>(32 * WordsPerLane, pinned: true);

        // SAFETY: pinned, and the first lane's thread outlives the launch.
        int* box = (int*)Warp.Shuffle((long)Marshal.UnsafeAddrOfPinnedArrayElement(_box, 0), 0);
        int lane = Warp.LaneIdx;
        int* own = box + (lane * WordsPerLane);
        own[0] = a.X;
        own[1] = a.Y;
        own[2] = a.Z;
        own[3] = a.W;
        own[4] = b0;
        own[5] = b1;
        Warp.Barrier();
        int group = lane >> 2;
        int pair = 2 * (lane & 3);
        Quad result = new(
            sums.X + Row(box, group, 0, pair),
            sums.Y + Row(box, group, 0, pair + 1),
            sums.Z + Row(box, group, 1, pair),
            sums.W + Row(box, group, 1, pair + 1));
        Warp.Barrier();
        return result;
    }

    // Row `group` (upper 0) or group + 8 (upper 1) by one query: four lanes hold their dimensions.
    private static int Row(int* box, int group, int upper, int query)
    {
        int sum = 0;
        for (int t = 0; t < 4; t++)
        {
            int* rows = box + (((group * 4) + t) * WordsPerLane);
            int* queries = box + (((query * 4) + t) * WordsPerLane);
            sum = GpuIntrinsics.Dot4(rows[upper], queries[4], sum);
            sum = GpuIntrinsics.Dot4(rows[2 + upper], queries[5], sum);
        }

        return sum;
    }
}
#endif
