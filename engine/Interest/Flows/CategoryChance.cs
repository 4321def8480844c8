namespace Ebb.Engine.Interest.Flows;

/// <summary>How likely a user's next event is of a category.</summary>
public readonly record struct CategoryChance(string Category, double Probability);
