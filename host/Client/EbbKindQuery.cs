namespace Ebb.Client;

/// <summary>How many nodes of a kind ("brand", "category", "content") to bring beside the items.</summary>
public readonly record struct EbbKindQuery(string Kind, int Count);
