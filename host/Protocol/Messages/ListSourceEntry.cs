namespace Ebb.Protocol.Messages;

/// <summary>What one source adds to the score of an item of a list. Item: its place in the list.</summary>
public readonly record struct ListSourceEntry(int Item, byte Kind, float Amount);
