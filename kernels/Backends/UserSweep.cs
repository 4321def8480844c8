using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Kernels.Backends;

/// <summary>
/// Users of one shape, gathered for a sweep: filled by its owner, answered by <see cref="IKernelBackend.Sweep"/>, used
/// again. Either each is scored with the item, or its drift from its own reference is measured.
/// </summary>
public sealed class UserSweep(BankShape shape, int capacity, bool hasReferences)
{
    private readonly Dictionary<object, int> _weightings = new(ReferenceEqualityComparer.Instance);

    public BankShape Shape => shape;

    public int Capacity => capacity;

    public int Count { get; private set; }

    /// <summary>BankLength floats a user.</summary>
    public float[] Banks { get; } = new float[checked(capacity * shape.BankLength)];

    public double[] ElapsedMs { get; } = new double[capacity];

    /// <summary>Which of the <see cref="Weightings"/> a user is read with.</summary>
    public int[] WeightingOf { get; } = new int[capacity];

    /// <summary>Coefficients, and attention weights of the score (empty: all 1).</summary>
    public List<(double[] Coefficients, float[] Attention)> Weightings { get; } = [];

    /// <summary>D floats a user, where drifts are asked for; empty: the item is.</summary>
    public float[] References { get; } = hasReferences ? new float[checked(capacity * shape.Dimension)] : [];

    public DriftMeasure Measure { get; set; } = new(DriftDistance.Cosine);

    /// <summary>D floats, where scores are asked for.</summary>
    public float[] Item { get; set; } = [];

    public bool HasReferences => hasReferences;

    /// <summary>Answer: Σ_d (a_d·v_d)·p_d of the unscaled interest, or the drift.</summary>
    public double[] Answers { get; } = new double[capacity];

    /// <summary>Answer: log2 scales of the interests.</summary>
    public double[] Exponents { get; } = new double[capacity];

    /// <summary>Adds a user; the caller writes the reference, if there is one.</summary>
    /// <param name="bank">BankLength floats, copied.</param>
    /// <param name="elapsedMs">Since the bank's last event.</param>
    /// <param name="coefficients">Compared by identity with those before.</param>
    /// <param name="attention">Goes with the coefficients.</param>
    /// <returns>The user's place.</returns>
    public int Add(ReadOnlySpan<float> bank, double elapsedMs, double[] coefficients, float[] attention)
    {
        if (!_weightings.TryGetValue(coefficients, out int weighting))
        {
            weighting = Weightings.Count;
            _weightings.Add(coefficients, weighting);
            Weightings.Add((coefficients, attention));
        }

        int at = Count++;
        bank.CopyTo(Banks.AsSpan(at * shape.BankLength, shape.BankLength));
        ElapsedMs[at] = elapsedMs;
        WeightingOf[at] = weighting;
        return at;
    }

    /// <summary>The next users come; arrays stay.</summary>
    public void Clear()
    {
        Count = 0;
        _weightings.Clear();
        Weightings.Clear();
    }
}
