#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Scores as defined, a thread a row: double, dimensions in index order, bias, one rounding. A product of two floats is
/// exact in double, so the assembler may fuse it with its addition. Rows and queries are padded with zeros, whose terms
/// change no sum.
/// </summary>
internal static class ExactScoreGpu
{
    public static float Score(GpuItemView items, GpuBatchView batch, int query, int row)
    {
        long x = GpuItemView.RowAddress(items, row);
        long q = batch.Vectors + ((long)query * items.Stride * sizeof(float));
        double total = 0;
        for (int d = 0; d < items.Stride; d += 8)
        {
            Quad low = GpuIntrinsics.LoadReadOnly16(x);
            Quad high = GpuIntrinsics.LoadReadOnly16(x + 16);
            Quad queryLow = GpuIntrinsics.LoadReadOnly16(q);
            Quad queryHigh = GpuIntrinsics.LoadReadOnly16(q + 16);
            total = Four(Four(total, low, queryLow), high, queryHigh);
            x += 32;
            q += 32;
        }

        float score = (float)(total + GpuRule.BiasOf(batch, query, row));

        // −0 becomes +0, so that equal scores have equal bits.
        return score == 0 ? 0 : score;
    }

    /// <summary><see cref="TopKFormula.Key"/>.</summary>
    public static ulong Key(float score, int row) => CodeSinkGpu.Ordered(score) | ~(uint)row;

    private static double Four(double total, Quad x, Quad q)
    {
        total = TopKFormula.Apply(total, Wide(q.X), Narrow(x.X));
        total = TopKFormula.Apply(total, Wide(q.Y), Narrow(x.Y));
        total = TopKFormula.Apply(total, Wide(q.Z), Narrow(x.Z));
        return TopKFormula.Apply(total, Wide(q.W), Narrow(x.W));
    }

    private static double Wide(int bits) => Narrow(bits);

    private static float Narrow(int bits) => Interop.IntAsFloat((uint)bits);
}
#endif
