namespace Ebb.Engine.Ranking;

/// <summary>
/// How many nodes of a kind ("brand", "category", "content") a list is to bring beside its items, 1 to 1000.
/// </summary>
public readonly record struct KindQuery(string Kind, int Count)
{
    /// <summary>Kinds of one request.</summary>
    public const int KindCountMax = 16;

    public const int CountMax = 1000;

    internal static bool AreWithinLimits(IReadOnlyList<KindQuery> kinds)
    {
        // By index: an enumerator of an interface would be allocated for every request.
        bool are = kinds.Count <= KindCountMax;
        for (int at = 0; at < kinds.Count && are; at++)
        {
            are = kinds[at].Count is >= 1 and <= CountMax && !string.IsNullOrEmpty(kinds[at].Kind);
        }

        return are;
    }
}
