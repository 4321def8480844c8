using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// A log in which some users' taste changes at a known act: from then on all they do is in the category that they did
/// least in before, items by their rank of popularity, the next that the user has not done yet where their own was new
/// to them. Times, users, and how much is done stay as they are, so nothing but the taste tells. A basket is one act;
/// where there are none, ten rows of a user are. A user with at least three acts on either side of the moment changes
/// at the first act after it; one who begins after it, with at least six acts, in the middle of them. Immutable.
/// </summary>
internal sealed class PlantedLog
{
    private const int ActsBesideMin = 3;
    private const int RowsPerAct = 10;

    // 2^64/φ: spreads neighbouring users (Fibonacci hashing).
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly ReplayData _data;
    private readonly ulong _seed;
    private readonly int[][] _groups;
    private readonly int[] _rank;
    private readonly int[] _target;

    /// <param name="data">What happened.</param>
    /// <param name="options">For the categories.</param>
    /// <param name="momentShare">Of the acts, before the moment.</param>
    /// <param name="seed">Who changes; what is chosen is chosen with another one than what is told.</param>
    public PlantedLog(ReplayData data, EvaluationOptions options, double momentShare, ulong seed)
    {
        _data = data;
        _seed = seed;
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
    public bool IsPlanted(int user, double share) =>
        (((ulong)user + (_seed << 32)) * Golden >> 11) * (1.0 / (1UL << 53)) < share;

    /// <summary>The items that are done in the act of this number of this user, with the plant.</summary>
    /// <param name="done">What the user has done so far; takes what they do now.</param>
    /// <param name="rows">The act.</param>
    /// <param name="act">Its number.</param>
    /// <param name="plant">Share of the users that change, and of the rows of an act that do.</param>
    public int[] ItemsOf(HashSet<int> done, BehaviourRow[] rows, int act, (double Users, double Rows) plant)
    {
        int user = rows[0].User;
        bool changes = Changes[user] >= 0 && act >= Changes[user] && IsPlanted(user, plant.Users);
        int[] items = new int[rows.Length];
        for (int index = 0; index < rows.Length; index++)
        {
            bool moves = changes && (int)((index + 1) * plant.Rows) > (int)(index * plant.Rows);
            items[index] = moves ? Moved(done, rows[index].Item, _groups[_target[user]]) : rows[index].Item;
            done.Add(items[index]);
        }

        return items;
    }

    private int Moved(HashSet<int> done, int item, int[] group)
    {
        int rank = _rank[item] % group.Length;
        bool isNew = !done.Contains(item);
        for (int step = 0; isNew && step < group.Length && done.Contains(group[rank]); step++)
        {
            rank = (rank + 1) % group.Length;
        }

        return group[rank];
    }

    /// <summary>The acts of each user with the plant, one a row, and the number of its act beside.</summary>
    public (PastAct[] Acts, int[] Numbers)[] ByUser(double share, ActWeights weights)
    {
        Dictionary<string, uint> codes = Categories.Where(name => name is not null).Distinct()
            .Select((name, place) => (name, place)).ToDictionary(pair => pair.name!, pair => (uint)pair.place + 1);
        var acts = new List<PastAct>[_data.Log.Users.Count];
        var numbers = new List<int>[acts.Length];
        HashSet<int>[] done = [.. acts.Select(_ => new HashSet<int>())];
        int[] counts = new int[acts.Length];
        foreach ((int user, long timeMs, BehaviourRow[] rows) in Acts)
        {
            foreach ((BehaviourRow row, int item) in rows.Zip(ItemsOf(done[user], rows, counts[user], (share, 1))))
            {
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
