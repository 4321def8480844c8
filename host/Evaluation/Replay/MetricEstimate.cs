namespace Ebb.Evaluation.Replay;

/// <summary>A mean over queries and its standard error (sample deviation over the root of the count).</summary>
public readonly record struct MetricEstimate(double Mean, double StandardError);
