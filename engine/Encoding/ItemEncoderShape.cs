namespace Ebb.Engine.Encoders;

/// <summary>Of an item encoder: its rows of word numbers, and the buckets that words are hashed to.</summary>
public sealed record ItemEncoderShape(RowModelShape Rows, int BucketCount);
