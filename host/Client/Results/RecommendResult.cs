using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>What one past event adds to an item's score. All terms and OlderTerms sum to the score.</summary>
public readonly record struct EbbScoreTerm(EbbId Item, byte EventType, long TimeMs, float Amount);

/// <summary>What one source adds to an item's score, by its name ("vector", "repeats", …). They sum to it.</summary>
public readonly record struct EbbSourceTerm(string Source, float Amount);

/// <summary>An item of a list. Terms and sources are empty unless asked for.</summary>
public sealed record EbbRecommendedItem(EbbId Item, float Score)
{
    public IReadOnlyList<EbbScoreTerm> Terms { get; init; } = [];

    public float OlderTerms { get; init; }

    public IReadOnlyList<EbbSourceTerm> Sources { get; init; } = [];

    /// <summary>Of interest; NaN unless asked for and the user's policy has a calibration.</summary>
    public float Probability { get; init; } = float.NaN;
}

/// <summary>A list, best first. Scores are as of the user's last event; the score now is Score·2^Log2Scale.</summary>
public sealed record RecommendResult(IReadOnlyList<EbbRecommendedItem> Items)
{
    public EbbListDecision Decision { get; init; }

    public bool Exact { get; init; }

    /// <summary>The server is under load and left a fresh scan out: kept candidates, scored now. Never exact.</summary>
    public bool ScanLeftOut { get; init; }

    /// <summary>NaN when there was no earlier list.</summary>
    public double Drift { get; init; } = double.NaN;

    public double Log2Scale { get; init; }

    /// <summary>What the server's sequence encoder gave to the list, or why it gave nothing.</summary>
    public EbbEncoding Encoding { get; init; }

    /// <summary>One for each kind asked for, in that order.</summary>
    public IReadOnlyList<KindResult> Kinds { get; init; } = [];

    public ulong Generation { get; init; }
}
