namespace Ebb.Protocol;

/// <summary>The distance that a policy decides by; PROTOCOL.md §3.12.</summary>
public enum EbbDriftDistance : byte
{
    Cosine = 0,
    Euclidean = 1,
    Attention = 2,
    AttentionSquared = 3,
}
