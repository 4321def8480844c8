namespace Ebb.Engine.Interest;

/// <summary>W[type] and g of one event type. A negative weight takes interest away.</summary>
public sealed record EventTypeRule(byte Type, string Name, float Weight, ImpulseScale Scale = ImpulseScale.None);
