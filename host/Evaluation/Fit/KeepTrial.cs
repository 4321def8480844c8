using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// An ε_keep that was tried: the share of lists that took no scan, and the change of recall to ε = 0.
/// </summary>
public sealed record KeepTrial(double Epsilon, double KeptShare, MetricEstimate Recall20, MetricEstimate Change);
