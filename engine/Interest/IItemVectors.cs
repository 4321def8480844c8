namespace Ebb.Engine.Interest;

/// <summary>Where the fold finds the vector that an entry names: a lease of the live catalogue, or its history during
/// replay.
/// Implemented by ref structs, so that a lease can stand behind it without an allocation.</summary>
internal interface IItemVectors
{
    /// <exception cref="EngineStartException">
    /// The version is not held: catalogue and event log do not belong together.
    /// </exception>
    public ReadOnlySpan<float> Vector(uint itemIndex, ulong itemVersion);
}
