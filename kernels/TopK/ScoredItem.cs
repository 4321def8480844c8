namespace Ebb.Kernels.TopK;

/// <summary>A row of the item matrix and its exact score.</summary>
public readonly record struct ScoredItem(int Index, float Score);
