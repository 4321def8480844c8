namespace Ebb.Engine.Portrait;

/// <summary>
/// One remembered event as features see it: in training from a log, in serving from a record. Category 0: none.
/// </summary>
public readonly record struct PastAct(long TimeMs, float Weight, uint Category, uint Item);
