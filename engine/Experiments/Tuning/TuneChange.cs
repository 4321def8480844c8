namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// An entry of a tuner's audit. From is the value before, To what it becomes or would become; the numbers rise by one.
/// </summary>
public sealed record TuneChange(ulong Number, long TimeMs, TuneWhat What, string Policy, string Parameter)
{
    public double From { get; init; }

    public double To { get; init; }

    public string Reason { get; init; } = "";

    public string Author { get; init; } = "tuner";

    /// <summary>Of the document's policy: values that were found for another one say nothing of it.</summary>
    public ulong Document { get; init; }
}
