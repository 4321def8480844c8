using System.Runtime.CompilerServices;
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Decay;

/// <summary>
/// Update, blend and drift in one walk over the bank: the bits of <see cref="DecayCpu"/> and <see cref="BlendCpu"/>,
/// and drift to its tolerance. What the walk cannot do (rates, a slowest row without sums, totals far from 1) is
/// blended again the long way; distances other than cosine follow the walk. Any thread.
/// </summary>
internal static class PassCpu
{
    [SkipLocalsInit]
    public static BankReading UpdateAndRead(BankShape shape, Span<float> bank, in BankPass pass)
    {
        if (!shape.DimensionRates.IsEmpty)
        {
            DecayCpu.DecayAccumulate(shape, bank, pass.Step, pass.Vector);
            return new BankReading(BlendCpu.Blend(shape, bank, pass.At, pass.Query), Compare(pass));
        }

        Span<PassRow> rows = stackalloc PassRow[BankShape.HalfLifeCountMax];
        double largest = PassPlan.FillRows(shape, pass.At, ref rows);
        UpdateRest(shape, bank, pass, rows);
        PassSpans spans = new()
        {
            Sums = bank,
            Rows = rows,
            Vector = pass.Vector,
            Query = pass.Query,
            Reference = pass.Reference,
        };
        bool isCosine = pass.Drift is { Distance: DriftDistance.Cosine };
        PassSums sums = isCosine
            ? PassTraversal.Run<UpdateCompareMode>(spans)
            : PassTraversal.Run<UpdateReadMode>(spans);
        if (!PassPlan.Holds(shape, bank, pass.At, (largest, sums.Magnitude)))
        {
            return new BankReading(BlendCpu.BlendLong(shape, bank, pass.At, pass.Query), Compare(pass));
        }

        return new BankReading(largest, isCosine ? DriftCpu.Cosine(sums.Cosine) : Compare(pass));
    }

    /// <summary>Gives the rows their factors, and updates what the walk leaves out: masses, and rows with c_m = 0.</summary>
    [SkipLocalsInit]
    private static void UpdateRest(BankShape shape, Span<float> bank, in BankPass pass, Span<PassRow> rows)
    {
        ReadOnlySpan<double> halfLivesMs = shape.HalfLivesMs;
        Span<float> factors = stackalloc float[BankShape.HalfLifeCountMax];
        Span<float> impulses = stackalloc float[BankShape.HalfLifeCountMax];
        factors = factors[..halfLivesMs.Length];
        impulses = impulses[..halfLivesMs.Length];
        ExponentTraversal.FillImpulses(new ExponentTime(pass.Step.ElapsedMs, 1, halfLivesMs), 1, factors);
        ExponentTraversal.FillImpulses(new ExponentTime(pass.Step.AgeMs, 1, halfLivesMs), pass.Step.Weight, impulses);
        int at = 0;
        for (int m = 0; m < factors.Length; m++)
        {
            ref float mass = ref bank[shape.MassOffset + m];
            mass = AccumulateFormula.Apply(mass, factors[m], impulses[m], 1.0f);
            int offset = m * shape.Dimension;
            if (at < rows.Length && rows[at].Offset == offset)
            {
                rows[at].Factor = factors[m];
                rows[at].Impulse = impulses[m];
                at++;
            }
            else
            {
                BroadcastTraversal.Run<AccumulateFormula>(
                    bank.Slice(offset, shape.Dimension), factors[m], impulses[m], pass.Vector);
            }
        }
    }

    private static double Compare(in BankPass pass) =>
        pass.Drift is null ? double.NaN : DriftCpu.Drift(pass.Drift, pass.Query, pass.Reference);
}
