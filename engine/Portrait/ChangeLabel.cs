namespace Ebb.Engine.Portrait;

/// <summary>
/// What counts as a change of interest in the window after a moment, among users with at least EventsMin events of some
/// category there.
/// </summary>
public sealed record ChangeLabel
{
    /// <summary>
    /// Null: the top category of the window is another than that of the decayed mass before. Else: the cosine distance
    /// between the category weights of the window and the decayed masses before is at least this.
    /// </summary>
    public double? DriftFrom { get; init; }

    public int EventsMin { get; init; } = 3;
}
