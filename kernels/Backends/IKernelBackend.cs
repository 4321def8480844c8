using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>
/// The one door to the arithmetic. Two kinds of operation stand behind it. <b>Stored</b> arithmetic (Decay, Accumulate)
/// writes the folded state: element-wise × and + only, one rounding each, so its bytes are the same on every machine
/// and backend. <b>Served</b> arithmetic (Blend, Drift, TopK, Score) answers queries: Blend and the scores are defined
/// to the bit too, Drift to a tolerance. All methods may be called from any thread at once; the caller owns every span.
/// </summary>
public interface IKernelBackend : IDisposable
{
    /// <summary>"cpu", "cuda": what STATS and the start line print.</summary>
    public string Name { get; }

    /// <summary>An empty matrix of item vectors resident where this backend scans it.</summary>
    public ItemMatrix CreateItems(int dimension, MemoryBudget budget);

    /// <summary>bank ← bank · 2^(−elapsed/(h_m·ρ_d)), element-wise. Elapsed ≥ 0 in milliseconds.</summary>
    public void Decay(BankShape shape, Span<float> bank, double elapsedMs);

    /// <summary>
    /// bank[m,d] ← bank[m,d] + (w·2^(−age/(h_m·ρ_d)))·p[d], mass[m] ← mass[m] + w·2^(−age/h_m).
    /// Age ≥ 0 in milliseconds: how much older the event is than the moment the bank is held at.
    /// </summary>
    public void Accumulate(BankShape shape, Span<float> bank, double ageMs, float weight, ReadOnlySpan<float> vector);

    /// <summary>
    /// <see cref="Decay"/> by the step's elapsed time, then <see cref="Accumulate"/> at its age: what one event does to
    /// a bank. The same bits as the two calls; a backend may do it in one pass.
    /// </summary>
    public void DecayAccumulate(BankShape shape, Span<float> bank, in BankStep step, ReadOnlySpan<float> vector)
    {
        Decay(shape, bank, step.ElapsedMs);
        Accumulate(shape, bank, step.AgeMs, step.Weight, vector);
    }

    /// <summary>
    /// v(t)·2^−E with v(t) = Σ_m c_m·2^(−elapsed/(h_m·ρ_d))·S_m,d and E the largest exponent over the (m, d) with
    /// c_m ≠ 0 and S_m,d ≠ 0; an empty bank gives zeros and 0. Returns E (log2 scale); the true vector is query·2^E.
    /// No underflow however long a user was idle. E is ≤ 0, except that totals outside 2^±64 are first brought near 1
    /// by a whole power of two, which is added to E.
    /// </summary>
    public double Blend(BankShape shape, ReadOnlySpan<float> bank, BlendAt at, Span<float> query);

    /// <summary>How far two interest vectors lie apart. A zero vector has the answer of DESIGN.md §2.</summary>
    public double Drift(DriftMeasure measure, ReadOnlySpan<float> current, ReadOnlySpan<float> reference);

    /// <summary>
    /// Exact top-K of every request over the whole matrix (DESIGN.md §2: double, index order, rounded to fp32;
    /// score descending, then index ascending). Fills Results[0..Count).
    /// </summary>
    public void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch);

    /// <summary>
    /// Whether <see cref="TopK"/> over this matrix takes requests whose user comes along: bank in, query, drift and
    /// list out, the same bits as Blend, Drift and TopK one after the other would give (drift to its tolerance).
    /// </summary>
    public bool TakesUsers(ItemMatrix items) => false;

    /// <summary>
    /// Users that <see cref="Sweep"/> takes best at once; 0: this backend is no better at it than Blend, one by one.
    /// </summary>
    public int SweepCount => 0;

    /// <summary>
    /// Blends of many users, and of each the plain sum with the item, or the drift from its reference: as Blend and
    /// Drift give them, the sum Σ_d (a_d·v_d)·p_d in double, index order.
    /// </summary>
    public void Sweep(UserSweep sweep) => UserSweepCpu.Run(this, sweep);

    /// <summary>What a device behind this did; null where there is none.</summary>
    public GpuCounters? DeviceCounters => null;

    /// <summary>The exact score of each listed row, in the order given.</summary>
    public void Score(ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, Span<float> scores);
}
