using Ebb.Engine.Batching;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Sources;
using Ebb.Engine.Store;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>How a list will be made.</summary>
internal enum ListPath : byte
{
    /// <summary>The kept list, untouched.</summary>
    KeptWhole,

    /// <summary>The kept candidates, scored again with the interest of now.</summary>
    KeptCandidates,

    Scan,

    Popular,
}

/// <summary>
/// One list on its way: the copy of the user that the partition's writer took, so that scoring needs neither the record
/// nor the store. Reused; belongs to the partition until handed to the scanner, and back when finished.
/// </summary>
internal sealed class ListJob(int dimension)
{
    private const double ElementMax = 1e30;

    // Null until a policy with attention weights needs it.
    private float[]? _interest;

    public EngineRequest Request { get; set; } = null!;

    public PolicyInForce Policy { get; set; } = null!;

    /// <summary>The score is a blend: by the policy, or because rules add to the scores of this request.</summary>
    public bool Blends { get; set; }

    public ServedListKey Key { get; set; }

    /// <summary>Of the copy of the user.</summary>
    public SchemaInForce Schema { get; set; } = null!;

    /// <summary>The list that this one follows; null when there is none or it does not count any more.</summary>
    public ServedList? Kept { get; set; }

    /// <summary>What the job holds of the kept lists until it is done, whether it counts or not.</summary>
    public ServedList? Held { get; set; }

    /// <summary>Taken by the writer for what the list may become.</summary>
    public ServedList? Blank { get; set; }

    public ListPath Path { get; set; }

    public ListDecision Decision { get; set; }

    /// <summary>NaN when there is nothing to compare with.</summary>
    public double Drift { get; set; }

    /// <summary>0 at ε_keep and below, 1 from ε_shift on, δ's place between; 0 without a list before.</summary>
    public double Shift { get; set; }

    public double Log2Scale { get; set; }

    public double ElapsedMs { get; set; }

    public long LastEventMs { get; set; }

    public ulong UserSequence { get; set; }

    /// <summary>Users that the partition had forgotten when the list was planned.</summary>
    public int ForgetCount { get; set; }

    /// <summary>v(t)·2^−Log2Scale, D floats: what drift compares.</summary>
    public float[] Interest => Policy.Attention.Length == 0 ? Query : _interest ??= new float[dimension];

    /// <summary>The same with the score's attention weights: what items are scored with.</summary>
    public float[] Query { get; } = new float[dimension];

    /// <summary>The user's last events, newest first.</summary>
    public RecentEvent[] Recent { get; } = new RecentEvent[MemorySchema.RecentEventCountMax];

    public int RecentCount { get; set; }

    /// <summary>The phases of the moment answered for.</summary>
    public PhaseBook Phases { get; } = new();

    public TopKRequest Scan { get; } = new();

    /// <summary>Room for a user who goes along with the scan; null until one does.</summary>
    public TopKUser? User { get; set; }

    /// <summary>The decision was made after the scan: it is not counted yet.</summary>
    public bool CameAlong { get; set; }

    /// <summary>Null until a policy that blends needs it.</summary>
    public ListBlend? Blend { get; set; }

    /// <summary>Null until a policy that weighs the encoder needs it.</summary>
    public JobEncoding? Encoding { get; set; }

    /// <summary>What the list becomes; set when finished, stored by the partition's writer.</summary>
    public ServedList? Made { get; set; }

    /// <summary>After Interest was filled.</summary>
    public void WeighQuery()
    {
        float[] attention = Policy.Attention;
        for (int d = 0; d < attention.Length; d++)
        {
            Query[d] = Interest[d] * attention[d];
        }
    }

    public void SetInterest(ReadOnlySpan<double> interest)
    {
        for (int d = 0; d < interest.Length; d++)
        {
            Interest[d] = (float)Math.Clamp(interest[d], -ElementMax, ElementMax);
        }

        WeighQuery();
    }

    /// <summary>Sum of the weights of the remembered events that speak for something.</summary>
    public double RecentMass()
    {
        double mass = 0;
        foreach (ref readonly RecentEvent recent in Recent.AsSpan(0, RecentCount))
        {
            mass += Math.Max(0, recent.Weight);
        }

        return mass;
    }

    /// <summary>
    /// What this user is not shown again: all of the last events where the request says so, and those of the types that
    /// the policy hides.
    /// </summary>
    public bool Hides(int itemIndex)
    {
        if (Request.ExcludeSeen && HasSeen(itemIndex))
        {
            return true;
        }

        ulong hidden = Policy.HiddenTypes;
        for (int index = 0; hidden != 0 && index < RecentCount; index++)
        {
            if (Recent[index].ItemIndex == (uint)itemIndex && (hidden >> Recent[index].Type & 1) != 0)
            {
                return true;
            }
        }

        return false;
    }

    public bool HasSeen(int itemIndex)
    {
        foreach (ref readonly RecentEvent recent in Recent.AsSpan(0, RecentCount))
        {
            if (recent.ItemIndex == (uint)itemIndex)
            {
                return true;
            }
        }

        return false;
    }
}
