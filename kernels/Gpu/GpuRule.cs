#if EBB_ILGPU
using System.Runtime.InteropServices;

namespace Ebb.Kernels.Gpu;

/// <summary>What a request says about rows and scores, as a kernel reads it: 48 bytes in this order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpuRule
{
    public const int Bytes = 48;

    /// <summary>Words of 32 rows, bit set: left out. 0: no filter.</summary>
    public long Filter;

    /// <summary>Row → group. 0: no bias.</summary>
    public long Groups;

    /// <summary>Group → bias.</summary>
    public long Biases;

    /// <summary>Rows that the filter speaks of; those past it are not left out.</summary>
    public int FilterRows;

    public int GroupedRows;

    public int BiasCount;

    public int K;

    public float ScoreMin;

    /// <summary>The float below ScoreMin: a score just under it may round up to it.</summary>
    public float Floor;

    private const int FilterRowsAt = 24;

    private static int Int(GpuBatchView batch, int query, int offset) =>
        GpuIntrinsics.LoadReadOnlyInt(Address(batch, query) + FilterRowsAt + offset);

    private static long Address(GpuBatchView batch, int query) => batch.Rules + ((long)query * Bytes);

    public static int CountOf(GpuBatchView batch, int query) => Int(batch, query, 12);

    public static float ScoreMinOf(GpuBatchView batch, int query) =>
        GpuIntrinsics.LoadReadOnlyFloat(Address(batch, query) + FilterRowsAt + 16);

    public static float FloorOf(GpuBatchView batch, int query) =>
        GpuIntrinsics.LoadReadOnlyFloat(Address(batch, query) + FilterRowsAt + 20);

    public static bool IsLeftOut(GpuBatchView batch, int query, int row)
    {
        long filter = GpuIntrinsics.LoadReadOnlyLong(Address(batch, query));
        if (filter == 0 || row >= Int(batch, query, 0))
        {
            return false;
        }

        int word = GpuIntrinsics.LoadReadOnlyInt(filter + ((long)(row >> 5) * sizeof(int)));
        return ((word >> (row & 31)) & 1) != 0;
    }

    /// <summary>What the row's score gains.</summary>
    public static float BiasOf(GpuBatchView batch, int query, int row)
    {
        long groups = GpuIntrinsics.LoadReadOnlyLong(Address(batch, query) + 8);
        if (groups == 0 || row >= Int(batch, query, 4))
        {
            return 0;
        }

        int group = GpuIntrinsics.LoadReadOnlyInt(groups + ((long)row * sizeof(int)));
        if (group < 0 || group >= Int(batch, query, 8))
        {
            return 0;
        }

        long biases = GpuIntrinsics.LoadReadOnlyLong(Address(batch, query) + 16);
        return GpuIntrinsics.LoadReadOnlyFloat(biases + ((long)group * sizeof(float)));
    }
}
#endif
