using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;

namespace Ebb.Evaluation.Fit;

/// <summary>The model with learned attention weights, and what it gains on users whom it did not learn from.</summary>
public sealed record AttentionTrial(ServedModel Model, MetricEstimate Gain)
{
    public bool Helps => UserHalves.Helps(Gain);
}
