#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.TopK;
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// The first step of a batch whose users came along, a warp a query: the bank as it is now (decay and blend), its
/// drift, and either the query's codes for the scan that follows or the word that there is nothing to scan for.
/// </summary>
internal static class ServedUsersGpu
{
    public static void ReadKernel(GpuBankView shape, GpuServedView served)
    {
        int query = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32;
        if (query >= served.QueryCount)
        {
            return;
        }

        long bank = GpuServedUser.Long(served, query, 0);
        if (bank == 0)
        {
            return;
        }

        long reference = GpuServedUser.Long(served, query, 8);
        long vector = served.Vectors + ((long)query * served.Stride);
        double exponent = BlendGpu.Blend(
            shape, served.Floats,
            (bank, GpuServedUser.Double(served, query, 32), GpuServedUser.Long(served, query, 16)),
            (served.Floats, vector));
        double drift = double.NaN;
        if (reference != 0)
        {
            GpuMeasure measure = new(
                GpuServedUser.Int(served, query, 48), GpuServedUser.Int(served, query, 52),
                GpuServedUser.Long(served, query, 24));
            drift = DriftGpu.Drift((served.Floats, vector), (served.Floats, reference), measure, shape.Dimension);
        }

        int state = drift < GpuServedUser.Double(served, query, 40)
            ? GpuOutcome.Kept
            : QueryCodeGpu.Code(served, query, shape.Dimension);
        if (Warp.LaneIdx == 0)
        {
            long outcome = served.Outcomes + ((long)query * GpuOutcome.Doubles);
            served.Doubles[outcome] = exponent;
            served.Doubles[outcome + 1] = drift;
            served.Doubles[outcome + 2] = state;
        }
    }
}
#endif
