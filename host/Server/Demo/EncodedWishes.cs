namespace Ebb.Server.Demo;

/// <summary>
/// What the shipped sequence encoder makes of the same customer: which model, or why there is none; the products of the
/// list, best first; how long the swap took while serving.
/// </summary>
public sealed record EncodedWishes(string Model, IReadOnlyList<string> Products, double SwapSeconds);
