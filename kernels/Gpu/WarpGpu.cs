#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>Reductions over a warp; all lanes call them and all get the result.</summary>
internal static class WarpGpu
{
    public static double Max(double value)
    {
        for (int distance = 16; distance > 0; distance >>= 1)
        {
            double other = Warp.ShuffleXor(value, distance);
            value = other > value ? other : value;
        }

        return value;
    }

    public static int Max(int value)
    {
        for (int distance = 16; distance > 0; distance >>= 1)
        {
            int other = Warp.ShuffleXor(value, distance);
            value = other > value ? other : value;
        }

        return value;
    }

    public static int Or(int value)
    {
        for (int distance = 16; distance > 0; distance >>= 1)
        {
            value |= Warp.ShuffleXor(value, distance);
        }

        return value;
    }

    public static double Sum(double value)
    {
        for (int distance = 16; distance > 0; distance >>= 1)
        {
            value += Warp.ShuffleXor(value, distance);
        }

        return value;
    }

    /// <summary>The sum with each lane's term added in the order of the lanes: what a plain loop would make.</summary>
    public static double InOrder(double sum, double own)
    {
        for (int lane = 0; lane < 32; lane++)
        {
            sum = GpuIntrinsics.Add(sum, Warp.Shuffle(own, lane));
        }

        return sum;
    }
}
#endif
