namespace Ebb.Engine.Encoders;

/// <summary>What the manifest says of a model: events it looks at, at most, and D of what comes out.</summary>
public readonly record struct ModelShape(int LengthMax, int Dimension);
