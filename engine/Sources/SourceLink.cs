namespace Ebb.Engine.Sources;

/// <summary>An item that another one leads to, and how strongly.</summary>
internal readonly record struct SourceLink(uint Item, float Value);
