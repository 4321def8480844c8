using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Engine.Sources;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Ranking;

/// <summary>
/// What is applied at read: thresholds, curve, diversity. Swapped at once; what is stored depends on none of it but
/// through the logged weight of an event (<see cref="GainAtShift"/>).
/// </summary>
public sealed record ServingPolicy
{
    /// <summary>Largest attention weight of a score.</summary>
    public const float AttentionMax = 1000;

    /// <summary>Largest gain of an impulse by drift; the smallest is its inverse.</summary>
    public const double GainMax = 16;

    /// <summary>Raised with every change; part of the key under which lists are kept.</summary>
    public uint Number { get; init; } = 1;

    /// <summary>c_m of the forgetting curve as numbers; empty: what Curve says, or all ones without one.</summary>
    public IReadOnlyList<double> CurveCoefficients { get; init; } = [];

    /// <summary>
    /// The forgetting curve, fitted to the memory schema's half-lives when the policy is put in force; null for none.
    /// </summary>
    public ForgettingCurve? Curve { get; init; }

    /// <summary>Largest |fit − curve| over all ages that is put in force; a worse fit is refused.</summary>
    public double CurveTolerance { get; init; } = 0.05;

    /// <summary>
    /// a_d: the score is Σ a_d·v_d·p_d, weights as they stand. Empty for the plain dot product. Given or learned.
    /// </summary>
    public IReadOnlyList<float> Attention { get; init; } = [];

    /// <summary>Weights of the item vectors' named blocks in the score; 1 for one that is not named.</summary>
    public IReadOnlyDictionary<string, float> BlockWeights { get; init; } = new Dictionary<string, float>();

    public DriftMeasure Drift { get; init; } = new(DriftDistance.Cosine);

    /// <summary>What both vectors are multiplied by before drift is measured; null for nothing.</summary>
    public ProjectionPolicy? Projection { get; init; }

    /// <summary>δ from which a user's drift is an alarm; null: rarer than one in a hundred.</summary>
    public double? DriftAlarmFrom { get; init; }

    /// <summary>Evidence, in nats, from which another taste of a user is an alarm; null: learned.</summary>
    public double? TasteAlarmFrom { get; init; }

    /// <summary>
    /// What an event's weight is multiplied by from ShiftFrom on, going there from 1 at KeepBelow; null: drift leaves
    /// weights alone. Decided when the event is admitted and logged with it, so what is stored depends on the log only.
    /// </summary>
    public double? GainAtShift { get; init; }

    /// <summary>Below this drift the kept candidates serve.</summary>
    public double KeepBelow { get; init; } = 0.01;

    /// <summary>From this drift on the list is ranked afresh and diversified.</summary>
    public double ShiftFrom { get; init; } = 0.4;

    /// <summary>θ: least final score, Score·2^Log2Scale; null for none.</summary>
    public double? ScoreMin { get; init; }

    /// <summary>λ of maximal marginal relevance: 1 is relevance alone, 0 diversity alone.</summary>
    public double DiversityLambda { get; init; } = 0.7;

    /// <summary>Items of one category in a diversified list, at most; 0 for any number.</summary>
    public int CategoryCap { get; init; }

    /// <summary>
    /// K′: how many of the best the engine's re-ranker, or the model's, orders anew; 0 for none. A scan brings as many.
    /// </summary>
    public int ReRankCount { get; init; }

    /// <summary>Puts a probability of interest beside each score; null for none.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>Candidates per list place that a scan brings for keeping and diversifying.</summary>
    public int CandidateFactor { get; init; } = 4;

    /// <summary>
    /// On refresh a shown item stays while its score is at least this share of the score that would replace it.
    /// </summary>
    public double RefreshTolerance { get; init; } = 0.02;

    /// <summary>
    /// What is blended into a list's scores. Where anything is, scores are sums of standardised sources and do not
    /// fade: Log2Scale is 0, and θ applies to them as they are.
    /// </summary>
    public SourcePolicy Sources { get; init; } = SourcePolicy.VectorAlone;

    /// <summary>Phases of the user's interests, and what they do to a list.</summary>
    public LifecyclePolicy Lifecycle { get; init; } = LifecyclePolicy.Off;

    /// <summary>
    /// Event types (bought, disliked) whose items the user is not shown again while the event is among the remembered.
    /// </summary>
    public IReadOnlyList<byte> HideTypes { get; init; } = [];

    /// <summary>Places of every list that are kept for new items; 0 for none.</summary>
    public int ExploreSlots { get; init; }

    /// <summary>How long after its first put in this process an item is new.</summary>
    public TimeSpan ExploreAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The likely next category, and what it does to a list.</summary>
    public MigrationPolicy Migration { get; init; } = MigrationPolicy.Off;

    /// <summary>RANK: weight of the caller's relevance and of the interest cosine.</summary>
    public double RelevanceWeight { get; init; } = 1;

    public double InterestWeight { get; init; } = 1;
}
