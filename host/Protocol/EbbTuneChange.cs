namespace Ebb.Protocol;

/// <summary>An entry of the tuners' audit.</summary>
public sealed record EbbTuneChange(ulong Number, string Policy, string Parameter)
{
    public long TimeMs { get; init; }

    /// <summary>try, adopt, reject, giveup, confirm, takeback or revert.</summary>
    public string What { get; init; } = "";

    /// <summary>Half-lives in milliseconds.</summary>
    public double From { get; init; }

    public double To { get; init; }

    public string Reason { get; init; } = "";

    public string Author { get; init; } = "";
}
