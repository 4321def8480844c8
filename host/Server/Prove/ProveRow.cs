namespace Ebb.Server.Prove;

/// <summary>What came of one promise on this machine: a line of the verdict.</summary>
/// <param name="Promise">What is promised, in a few words.</param>
/// <param name="Verdict">Whether it held.</param>
/// <param name="Figures">What was done and measured; of a failure, what was found.</param>
public sealed record ProveRow(string Promise, ProveVerdict Verdict, string Figures)
{
    public static ProveRow Pass(string promise, string figures) => new(promise, ProveVerdict.Pass, figures);

    public static ProveRow Fail(string promise, string figures) => new(promise, ProveVerdict.Fail, figures);

    public static ProveRow Skip(string promise, string why) => new(promise, ProveVerdict.Skip, why);
}
