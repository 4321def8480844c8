namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of a recommended list. Drift NaN: there was no earlier list.</summary>
public readonly record struct ListHead(
    EbbListDecision Decision, bool Exact, double Drift, double Log2Scale, ulong Generation)
{
    public const int Bytes = 32;

    /// <summary>Under load a fresh scan was left out; the kept candidates were scored instead.</summary>
    public bool ScanLeftOut { get; init; }

    /// <summary>What the sequence encoder gave to the list.</summary>
    public EbbEncoding Encoding { get; init; }

    /// <summary>Lists of other kinds follow the items and their probabilities.</summary>
    public bool HasKinds { get; init; }

    /// <summary>A probability an item follows the items.</summary>
    public bool HasProbabilities { get; init; }

    /// <summary>What each source adds follows the items, and the probabilities where there are any.</summary>
    public bool HasSources { get; init; }
}
