#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.TopK;
using ILGPU;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Sweeps over users, a warp a user: blend and drift in one walk, and how well an item fits. A bank is read from memory
/// once; its second reading comes from the nearest cache.
/// </summary>
internal static class UserSweepGpu
{
    public const int BinCount = 64;

    /// <summary>The largest drift that the bins tell apart: cosine's and direction's end.</summary>
    public const double BinnedMax = 2;

    /// <summary>Query, E and drift of each user; drifts are counted in bins over 0..2 as well.</summary>
    public static void BlendDriftKernel(GpuBankView shape, GpuUserView users, GpuMeasure measure)
    {
        int user = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32;
        if (user >= users.UserCount)
        {
            return;
        }

        long vector = (long)user * shape.Dimension;
        long bank = (long)user * GpuBankView.BankLength(shape);
        double exponent = BlendGpu.Blend(
            shape, users.Banks, (bank, users.ElapsedMs[user], users.Coefficients), (users.Queries, vector));
        double drift = DriftGpu.Drift(
            (users.Queries, vector), (users.References, vector), measure, shape.Dimension);
        if (Warp.LaneIdx == 0)
        {
            users.Exponents[user] = exponent;
            users.Drifts[user] = drift;
            int bin = drift < BinnedMax ? (int)(drift * (BinCount / BinnedMax)) : BinCount - 1;
            Atomic.Add(ref users.Bins[bin], 1);
        }
    }

    /// <summary>
    /// A slice of a sweep: the blend of each user, and its drift from the user's reference or the plain sum with the
    /// item, added in index order as the CPU adds it.
    /// </summary>
    public static void SweepKernel(GpuBankView shape, GpuSweepView sweep, GpuMeasure measure)
    {
        int user = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32;
        if (user >= sweep.UserCount)
        {
            return;
        }

        long vector = (long)user * shape.Dimension;
        long bank = (long)user * GpuBankView.BankLength(shape);
        int weighting = 2 * sweep.WeightingOf[user];
        double exponent = BlendGpu.Blend(
            shape, sweep.Banks, (bank, sweep.ElapsedMs[user], sweep.Weightings[weighting]), (sweep.Queries, vector));
        double answer = sweep.IsDrift != 0
            ? DriftGpu.Drift((sweep.Queries, vector), (sweep.Against, vector), measure, shape.Dimension)
            : Score(sweep, vector, sweep.Weightings[weighting + 1], shape.Dimension);
        if (Warp.LaneIdx == 0)
        {
            sweep.Exponents[user] = exponent;
            sweep.Answers[user] = answer;
        }
    }

    private static double Score(GpuSweepView sweep, long vector, long attention, int dimension)
    {
        double sum = 0;
        for (int first = 0; first < dimension; first += 32)
        {
            int d = first + Warp.LaneIdx;
            double term = 0;
            if (d < dimension)
            {
                double weight = attention == 0
                    ? 1
                    : GpuIntrinsics.LoadReadOnlyFloat(attention + (d * sizeof(float)));
                double weighted = GpuIntrinsics.Multiply(weight, sweep.Queries[vector + d]);
                term = GpuIntrinsics.Multiply(weighted, sweep.Against[d]);
            }

            sum = WarpGpu.InOrder(sum, term);
        }

        return sum;
    }

    /// <summary>A key a user: the cosine between what the user wants now and the item, then the lower index.</summary>
    public static void FitKernel(GpuBankView shape, GpuUserView users, ArrayView<float> item)
    {
        int user = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32;
        if (user >= users.UserCount)
        {
            return;
        }

        long vector = (long)user * shape.Dimension;
        long bank = (long)user * GpuBankView.BankLength(shape);
        BlendGpu.Blend(
            shape, users.Banks, (bank, users.ElapsedMs[user], users.Coefficients), (users.Queries, vector));
        double drift = DriftGpu.Drift(
            (users.Queries, vector), (item, 0), new GpuMeasure((int)DriftDistance.Cosine, 0, 0), shape.Dimension);
        if (Warp.LaneIdx == 0)
        {
            users.Keys[user] = CodeSinkGpu.Ordered((float)(1 - drift)) | ~(uint)user;
        }
    }

    /// <summary>One group: the best k users' keys, best first.</summary>
    public static void BestUsersKernel(GpuUserView users, ArrayView<ulong> best, int k)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(SelectGpu.Digits);
        ArrayView<int> words = SharedMemory.Allocate<int>(3);
        ArrayView<ulong> sorted = SharedMemory.Allocate<ulong>(TopKRequest.CountMax);
        int kept = k < users.UserCount ? k : users.UserCount;
        ulong least = SelectGpu.Kth(users.Keys, 0, (users.UserCount, kept, 0), (bins, words));
        int count = 1;
        while (count < kept)
        {
            count <<= 1;
        }

        for (int index = Group.IdxX; index < count; index += Group.DimX)
        {
            sorted[index] = 0;
        }

        // All have read the selection's last words.
        Group.Barrier();
        words[0] = 0;
        Group.Barrier();
        for (int user = Group.IdxX; user < users.UserCount; user += Group.DimX)
        {
            if (users.Keys[user] >= least)
            {
                sorted[Atomic.Add(ref words[0], 1)] = users.Keys[user];
            }
        }

        Group.Barrier();
        SelectGpu.Sort(sorted, count);
        for (int rank = Group.IdxX; rank < kept; rank += Group.DimX)
        {
            best[rank] = sorted[rank];
        }
    }
}
#endif
