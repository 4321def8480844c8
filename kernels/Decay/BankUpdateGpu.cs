#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.Decay;

/// <summary>
/// Decay and event update, a warp a user: lanes stride over the dimensions, lane m makes the factors of half-life m.
/// The bytes are those of <see cref="DecayReference"/>: every product and sum rounds once, none is fused.
/// </summary>
internal static class BankUpdateGpu
{
    public static void UpdateKernel(
        GpuBankView shape, ArrayView<float> banks, ArrayView<BankRunGpu> runs, ArrayView<BankEventGpu> events)
    {
        int warp = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32;
        if (warp >= runs.IntLength)
        {
            return;
        }

        BankRunGpu run = runs[warp];
        long bank = (long)run.User * GpuBankView.BankLength(shape);
        for (int at = 0; at < run.EventCount; at++)
        {
            Apply(shape, banks, bank, events[run.FirstEvent + at]);
        }
    }

    private static void Apply(GpuBankView shape, ArrayView<float> banks, long bank, BankEventGpu applied)
    {
        // Half-lives are at most 16: each lane makes one pair, or one it does not need.
        int own = Warp.LaneIdx < shape.HalfLifeCount ? Warp.LaneIdx : 0;
        float ownFactor = Factor(shape, own, applied.ElapsedMs, 1.0);
        float ownImpulse = Impulse(shape, own, applied, 1.0);
        for (int m = 0; m < shape.HalfLifeCount; m++)
        {
            float factor = Warp.Shuffle(ownFactor, m);
            float impulse = Warp.Shuffle(ownImpulse, m);
            long row = bank + ((long)m * shape.Dimension);
            for (int d = Warp.LaneIdx; d < shape.Dimension; d += 32)
            {
                if (shape.Rates != 0)
                {
                    double rate = GpuBankView.Rate(shape, d);
                    factor = Factor(shape, m, applied.ElapsedMs, rate);
                    impulse = Impulse(shape, m, applied, rate);
                }

                float item = applied.Vector == 0
                    ? 0
                    : GpuIntrinsics.LoadReadOnlyFloat(applied.Vector + (d * sizeof(float)));
                banks[row + d] = Step(banks[row + d], (factor, impulse, item), applied.Vector != 0);
            }
        }

        if (Warp.LaneIdx < shape.HalfLifeCount)
        {
            long mass = bank + ((long)shape.HalfLifeCount * shape.Dimension) + Warp.LaneIdx;
            banks[mass] = Step(banks[mass], (ownFactor, ownImpulse, 1f), applied.Vector != 0);
        }
    }

    /// <summary><see cref="AccumulateFormula"/>, or <see cref="DecayFormula"/> where nothing is added.</summary>
    private static float Step(float sum, (float Factor, float Impulse, float Item) by, bool isAdded)
    {
        float decayed = GpuIntrinsics.Multiply(sum, by.Factor);
        float added = GpuIntrinsics.Add(decayed, GpuIntrinsics.Multiply(by.Impulse, by.Item));
        return isAdded ? added : decayed;
    }

    private static float Factor(GpuBankView shape, int m, double elapsedMs, double rate) =>
        (float)Exp2Gpu.Of(GpuBankView.Exponent(shape, m, elapsedMs, rate), shape.Table);

    private static float Impulse(GpuBankView shape, int m, BankEventGpu applied, double rate) =>
        (float)GpuIntrinsics.Multiply(
            applied.Weight, Exp2Gpu.Of(GpuBankView.Exponent(shape, m, applied.AgeMs, rate), shape.Table));
}
#endif
