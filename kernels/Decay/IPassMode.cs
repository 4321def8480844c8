namespace Ebb.Kernels.Decay;

/// <summary>Which parts a pass has; constants to the JIT, so that the parts it lacks cost nothing.</summary>
internal interface IPassMode
{
    /// <summary>Sums are updated before they are read.</summary>
    public static abstract bool Updates { get; }

    /// <summary>The query is compared with a reference.</summary>
    public static abstract bool Compares { get; }
}

internal readonly struct ReadMode : IPassMode
{
    public static bool Updates => false;

    public static bool Compares => false;
}

internal readonly struct UpdateReadMode : IPassMode
{
    public static bool Updates => true;

    public static bool Compares => false;
}

internal readonly struct UpdateCompareMode : IPassMode
{
    public static bool Updates => true;

    public static bool Compares => true;
}
