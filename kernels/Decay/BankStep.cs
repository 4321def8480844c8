namespace Ebb.Kernels.Decay;

/// <summary>
/// One event's effect on a bank: first the bank ages by ElapsedMs, then the event, AgeMs older than the bank's new
/// moment, adds its weight. Both times ≥ 0, in milliseconds; an event in order has age 0, a late one elapsed 0.
/// </summary>
public readonly record struct BankStep(double ElapsedMs, double AgeMs, float Weight);
