using Ebb.Kernels.Decay;

namespace Ebb.Kernels.Backends;

/// <summary>A sweep one user after the other: what a device's answers are measured against, and its stand-in.</summary>
internal static class UserSweepCpu
{
    public static void Run(IKernelBackend backend, UserSweep sweep)
    {
        int dimension = sweep.Shape.Dimension;
        int bankLength = sweep.Shape.BankLength;
        float[] interest = new float[dimension];
        for (int user = 0; user < sweep.Count; user++)
        {
            (double[] coefficients, float[] attention) = sweep.Weightings[sweep.WeightingOf[user]];
            sweep.Exponents[user] = backend.Blend(
                sweep.Shape, sweep.Banks.AsSpan(user * bankLength, bankLength),
                new BlendAt(sweep.ElapsedMs[user], coefficients), interest);
            sweep.Answers[user] = sweep.HasReferences
                ? backend.Drift(
                    sweep.Measure, interest, sweep.References.AsSpan(user * dimension, dimension))
                : Score(interest, attention, sweep.Item);
        }
    }

    /// <summary>Σ_d (a_d·v_d)·p_d in double, index order.</summary>
    public static double Score(ReadOnlySpan<float> interest, ReadOnlySpan<float> attention, ReadOnlySpan<float> item)
    {
        double sum = 0;
        for (int d = 0; d < interest.Length; d++)
        {
            double weight = attention.IsEmpty ? 1 : attention[d];
            sum += weight * interest[d] * item[d];
        }

        return sum;
    }
}
