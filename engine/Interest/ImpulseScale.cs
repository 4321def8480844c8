namespace Ebb.Engine.Interest;

/// <summary>g(value): how an event's measure scales its type's weight. An event without a value has g = 1.</summary>
public enum ImpulseScale : byte
{
    /// <summary>g = 1 whatever the value.</summary>
    None = 0,

    /// <summary>g = value.</summary>
    Linear = 1,

    /// <summary>g = log2(1 + value) for value ≥ 0.</summary>
    Logarithmic = 2,
}
