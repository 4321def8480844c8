namespace Ebb.Bench.Load;

/// <summary>What a generated request asks.</summary>
public enum Verb
{
    Act,
    Recommend,
    Observe,
    Rank,
    Profile,
}
