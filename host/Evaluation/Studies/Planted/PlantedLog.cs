using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// A log in which some users' taste changes at a known act: from then on all they do is in the category that they did
/// least in before, items by their rank of popularity. Times, users, and how much is done stay as they are, so nothing
/// but the taste tells. A basket is one act; where there are none, ten rows of a user are. A user with at least three
/// acts on either side of the moment changes at the first act after it; one who begins after it, with at least six
/// acts, in the middle of them. Immutable.
/// </summary>
internal sealed class PlantedLog
{
    private const int ActsBesideMin = 3;
    private const int RowsPerAct = 10;

    // 2^64/φ: spreads neighbouring users (Fibonacci hashing).
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly ReplayData _data;
    private readonly int[][] _groups;
    private readonly int[] _rank;
    private readonly int[] _target;

    public PlantedLog(ReplayData data, EvaluationOptions options, double momentShare)
    {
        _data = data;
        Categories = ItemCategories.Of(data.Log, options, data.Vectors, out string source);
        Source = source;
        Acts = Gather(data);
        MomentMs = Acts[(int)(momentShare * (Acts.Length - 1))].TimeMs;
        int[] counts = new int[Categories.Length];
        foreach (BehaviourRow row in data.Split.Rows)
        {
            counts[row.Item]++;
        }

        _groups =
        [
            .. Enumerable.Range(0, Categories.Length).Where(item => Categories[item] is not null)
                .GroupBy(item => Categories[item])
                .Select(group => group.OrderByDescending(item => counts[item]).ToArray())
                .OrderByDescending(group => group.Sum(item => counts[item])),
        ];
        _rank = new int[Categories.Length];
        foreach (int[] group in _groups)
        {
            for (int rank = 0; rank < group.Length; rank++)
            {
                _rank[group[rank]] = rank;
            }
        }

        Changes = FindChanges();
        _target = FindTargets();
    }

    public string?[] Categories { get; }

    public string Source { get; }

    /// <summary>All acts in the order of time; a basket is one.</summary>
    public (int User, long TimeMs, BehaviourRow[] Rows)[] Acts { get; }

    public long MomentMs { get; }

    /// <summary>By user: the number (from 0) of the act at which they change, or would; −1 for none.</summary>
    public int[] Changes { get; }

    /// <summary>Whether a user is among the share of those who do change.</summary>
    public static bool IsPlanted(int user, double share) =>
        ((ulong)user * Golden >> 11) * (1.0 / (1UL << 53)) < share;

    /// <summary>The item that is done in the act of this number of this user, with the plant.</summary>
    public int ItemOf(BehaviourRow row, int act, double share) =>
        Changes[row.User] >= 0 && act >= Changes[row.User] && IsPlanted(row.User, share)
            ? _groups[_target[row.User]][_rank[row.Item] % _groups[_target[row.User]].Length]
            : row.Item;

    /// <summary>The acts of each user with the plant, one a row, and the number of its act beside.</summary>
    public (PastAct[] Acts, int[] Numbers)[] ByUser(double share, ActWeights weights)
    {
        Dictionary<string, uint> codes = Categories.Where(name => name is not null).Distinct()
            .Select((name, place) => (name, place)).ToDictionary(pair => pair.name!, pair => (uint)pair.place + 1);
        var acts = new List<PastAct>[_data.Log.Users.Count];
        var numbers = new List<int>[acts.Length];
        int[] counts = new int[acts.Length];
        foreach ((int user, long timeMs, BehaviourRow[] rows) in Acts)
        {
            foreach (BehaviourRow row in rows)
            {
                int item = ItemOf(row, counts[user], share);
                uint code = Categories[item] is { } name ? codes[name] : 0;
                if (weights.Of(row.Type, row.Value) is { } weight)
                {
                    (acts[user] ??= []).Add(new PastAct(timeMs, weight, code, (uint)item));
                    (numbers[user] ??= []).Add(counts[user]);
                }
            }

            counts[user]++;
        }

        return [.. acts.Select((own, user) => own is null
            ? (Array.Empty<PastAct>(), Array.Empty<int>())
            : (own.ToArray(), numbers[user].ToArray()))];
    }

    private static (int User, long TimeMs, BehaviourRow[] Rows)[] Gather(ReplayData data)
    {
        IEnumerable<BehaviourRow> rows = data.Split.Rows;
        var acts = data.Log.HasBaskets
            ? rows.GroupBy(row => (row.User, row.Basket)).Select(group => group.ToArray())
            : rows.GroupBy(row => row.User).SelectMany(user => user.OrderBy(row => row.TimeMs).Chunk(RowsPerAct));
        return [.. acts.Select(act => (act[0].User, act.Max(row => row.TimeMs), act)).OrderBy(act => act.Item2)];
    }

    /// <summary>The larger half of the categories alone: a taste for what hardly exists is none.</summary>
    private int[] FindTargets()
    {
        int groupCount = Math.Max(1, _groups.Length / 2);
        int[] groupOf = new int[Categories.Length];
        Array.Fill(groupOf, -1);
        for (int group = 0; group < _groups.Length; group++)
        {
            Array.ForEach(_groups[group], item => groupOf[item] = group);
        }

        int[][] done = [.. _data.Log.Users.Select(_ => new int[_groups.Length])];
        int[] acts = new int[done.Length];
        foreach ((int user, long _, BehaviourRow[] rows) in Acts)
        {
            foreach (BehaviourRow row in rows.Where(row => acts[user] < Changes[user] && groupOf[row.Item] >= 0))
            {
                done[user][groupOf[row.Item]]++;
            }

            acts[user]++;
        }

        // Of categories done equally seldom one by the user's number: not all go to the same.
        return
        [
            .. done.Select((own, user) => Enumerable.Range(0, groupCount)
                .MinBy(group => (own[group], (group + user) % groupCount))),
        ];
    }

    private int[] FindChanges()
    {
        int[] before = new int[_data.Log.Users.Count];
        int[] after = new int[before.Length];
        foreach ((int user, long timeMs, BehaviourRow[] _) in Acts)
        {
            (timeMs < MomentMs ? before : after)[user]++;
        }

        return [.. before.Select((count, user) => (count, after[user]) switch
        {
            ( >= ActsBesideMin, >= ActsBesideMin) => count,
            (0, >= 2 * ActsBesideMin) => after[user] / 2,
            _ => -1,
        })];
    }
}
