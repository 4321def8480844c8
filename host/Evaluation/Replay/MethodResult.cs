namespace Ebb.Evaluation.Replay;

/// <summary>One method's measures over all queries. Baseline: a trivial method, not the engine.</summary>
public sealed record MethodResult(
    string Method, bool Baseline, MetricEstimate Recall20, MetricEstimate Ndcg10, MetricEstimate Mrr20, double Seconds);
