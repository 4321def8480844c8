namespace Ebb.Engine.Encoders;

/// <summary>
/// What the manifest says of a model: events it looks at, at most, D of what comes out, and how many categories its
/// head tells apart (0: it has none).
/// </summary>
public readonly record struct ModelShape(int LengthMax, int Dimension, int CategoryCount = 0);
