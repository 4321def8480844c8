using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// An impulse divided over the bank: row m and mass m get w·share_m, each by the kernel that a bank of that one
/// half-life would run, so it stays element-wise × and + with one rounding each. Owns one row; one thread at a time.
/// </summary>
internal sealed class SplitFold
{
    private readonly IKernelBackend _backend;
    private readonly BankShape _bank;
    private readonly BankShape[] _rows;
    private readonly float[][] _shares;
    private readonly float[] _row;

    public SplitFold(IKernelBackend backend, BankShape bank, IReadOnlyList<CategorySplit> splits)
    {
        _backend = backend;
        _bank = bank;
        _rows = new BankShape[bank.HalfLifeCount];
        for (int m = 0; m < _rows.Length; m++)
        {
            _rows[m] = new BankShape(bank.Dimension, bank.HalfLivesMs.Slice(m, 1), bank.DimensionRates);
        }

        _shares = [.. splits.Select(split => split.Shares.Select(share => (float)share).ToArray())];
        _row = new float[bank.Dimension + 1];
    }

    /// <param name="bank">M·D sums, then M masses.</param>
    /// <param name="step">The event's effect, its weight undivided.</param>
    /// <param name="split">From 1, as the event names it.</param>
    /// <param name="vector">The item's.</param>
    public void DecayAccumulate(Span<float> bank, in BankStep step, int split, ReadOnlySpan<float> vector)
    {
        _backend.Decay(_bank, bank, step.ElapsedMs);
        float[] shares = _shares[split - 1];
        int dimension = _bank.Dimension;
        for (int m = 0; m < shares.Length; m++)
        {
            if (shares[m] == 0)
            {
                continue;
            }

            Span<float> sums = bank.Slice(m * dimension, dimension);
            ref float mass = ref bank[_bank.MassOffset + m];
            sums.CopyTo(_row);
            _row[dimension] = mass;
            _backend.Accumulate(_rows[m], _row, step.AgeMs, step.Weight * shares[m], vector);
            _row.AsSpan(0, dimension).CopyTo(sums);
            mass = _row[dimension];
        }
    }
}
