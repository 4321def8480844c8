namespace Ebb.Engine.Experiments;

/// <summary>An impression that waits for answers; Answers has a bit for each role that came.</summary>
internal readonly record struct ShownItem(uint Item, long TimeMs, byte Answers);
