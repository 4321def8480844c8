using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Portrait;

/// <summary>The acts of each user of a log, oldest first, with category codes from 1. Immutable.</summary>
internal static class UserActs
{
    /// <summary>By user; what the schema refuses is left out. Rows of equal times keep the file's order.</summary>
    public static PastAct[][] Of(BehaviourLog log, string?[] categories, ActWeights weights)
    {
        uint[] codes = CodesOf(categories);
        var acts = new List<PastAct>[log.Users.Count];
        foreach (BehaviourRow row in log.Rows)
        {
            if (weights.Of(row.Type, row.Value) is { } weight)
            {
                (acts[row.User] ??= []).Add(new PastAct(row.TimeMs, weight, codes[row.Item], (uint)row.Item));
            }
        }

        return [.. acts.Select(own => own is null ? [] : own.OrderBy(act => act.TimeMs).ToArray())];
    }

    /// <summary>0 for none.</summary>
    private static uint[] CodesOf(string?[] categories)
    {
        var codes = new Dictionary<string, uint>();
        uint[] of = new uint[categories.Length];
        for (int item = 0; item < of.Length; item++)
        {
            if (categories[item] is { Length: > 0 } name)
            {
                of[item] = codes.TryGetValue(name, out uint code) ? code : codes[name] = (uint)codes.Count + 1;
            }
        }

        return of;
    }
}
