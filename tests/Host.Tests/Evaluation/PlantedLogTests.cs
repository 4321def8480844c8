using System.Globalization;
using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Portrait;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Planted;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>The planted change: who changes when, and to what.</summary>
public sealed class PlantedLogTests : IDisposable
{
    private const int ItemCount = 60;
    private const long StartSeconds = 1_700_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Changes_OfUsersOnBothSidesAfterItOrBefore_AreTheActThatTheRuleNames()
    {
        PlantedLog planted = Load(out BehaviourLog log);

        // Ten rows an act. u0 to u4 act through the whole time, u5 to u9 in the first half, u10 to u14 at the end.
        int beforeOf0 = planted.Acts.Count(act => act.User == Of(log, "u0") && act.TimeMs < planted.MomentMs);
        Assert.InRange(beforeOf0, 3, 97);
        Assert.Equal(beforeOf0, planted.Changes[Of(log, "u0")]);
        Assert.Equal(-1, planted.Changes[Of(log, "u5")]);
        Assert.Equal(5, planted.Changes[Of(log, "u10")]);
    }

    [Fact]
    public void ItemsOf_APlantedUserFromTheChangeOn_IsOfTheirRarestCategoryAndEveryOtherActIsItself()
    {
        PlantedLog planted = Load(out BehaviourLog log);
        int user = Of(log, "u0");
        int change = planted.Changes[user];
        var row = new BehaviourRow(user, 7, 0, 0);
        int ItemOf(BehaviourRow one, int act, double share) => planted.ItemsOf([], [one], act, (share, 1)).Single();
        int target = ItemOf(row, change, share: 1);
        IEnumerable<BehaviourRow> before =
            planted.Acts.Where(act => act.User == user).Take(change).SelectMany(act => act.Rows);
        int Done(string? category) => before.Count(one => planted.Categories[one.Item] == category);
        Assert.True(Done(planted.Categories[target]) <= planted.Categories.Average(Done));

        for (int item = 0; item < log.Items.Count; item++)
        {
            int swapped = ItemOf(row with { Item = item }, change, share: 1);
            Assert.Equal(planted.Categories[target], planted.Categories[swapped]);
            Assert.Equal(item, ItemOf(row with { Item = item }, change - 1, share: 1));
            Assert.Equal(item, ItemOf(row with { Item = item }, change, share: 0));
            Assert.Equal(item, ItemOf(row with { Item = item, User = Of(log, "u5") }, change, share: 1));
        }
    }

    [Fact]
    public void ItemsOf_NewItems_StayNewAndHalfOfTheRowsMove()
    {
        PlantedLog planted = Load(out BehaviourLog log);
        int user = Of(log, "u0");
        BehaviourRow[] rows =
            [.. Enumerable.Range(0, 6).Select(item => new BehaviourRow(user, item, 0, StartSeconds))];
        var done = new HashSet<int>();
        int[] moved = planted.ItemsOf(done, rows, planted.Changes[user], (1, 1));
        int groupCount = planted.Categories.Count(name => name == planted.Categories[moved[0]]);
        Assert.Equal(Math.Min(6, groupCount), moved.Distinct().Count());
        Assert.Equal(moved.ToHashSet(), done);

        int[] half = planted.ItemsOf([], rows, planted.Changes[user], (1, 0.5));
        Assert.Equal([0, 2, 4], half.Where((item, index) => index % 2 == 0));
        Assert.All(
            half.Where((_, index) => index % 2 == 1),
            item => Assert.Equal(planted.Categories[moved[0]], planted.Categories[item]));
    }

    [Fact]
    public void IsPlanted_OfManyUsers_IsTheShareAndKeepsWhoWasPlantedWithLess()
    {
        int[] users = [.. Enumerable.Range(0, 10_000)];
        PlantedLog planted = Load(out _);

        Assert.Equal(2500, users.Count(user => planted.IsPlanted(user, 0.25)), 100.0);
        Assert.All(
            users.Where(user => planted.IsPlanted(user, 0.25)),
            user => Assert.True(planted.IsPlanted(user, 0.5)));
        Assert.DoesNotContain(users, user => planted.IsPlanted(user, 0));
        Assert.All(users, user => Assert.True(planted.IsPlanted(user, 1)));
    }

    [Fact]
    public void ByUser_WithAndWithoutThePlant_DiffersInItemsAlone()
    {
        PlantedLog planted = Load(out BehaviourLog log);
        var weights = new ActWeights(new MemorySchema());

        (PastAct[] Acts, int[] Numbers) plain = planted.ByUser(0, weights)[Of(log, "u0")];
        (PastAct[] Acts, int[] Numbers) changed = planted.ByUser(1, weights)[Of(log, "u0")];

        Assert.Equal(plain.Numbers, changed.Numbers);
        Assert.Equal(
            plain.Acts.Select(act => (act.TimeMs, act.Weight)), changed.Acts.Select(act => (act.TimeMs, act.Weight)));
        int change = 10 * planted.Changes[Of(log, "u0")];
        Assert.Equal(plain.Acts[..change], changed.Acts[..change]);
        Assert.Single(changed.Acts[change..].Select(act => act.Category).Distinct());
        Assert.NotEqual(plain.Acts[change..], changed.Acts[change..]);
    }

    private static int Of(BehaviourLog log, string user) =>
        Enumerable.Range(0, log.Users.Count).Single(index => log.Users[index] == user);

    private PlantedLog Load(out BehaviourLog log)
    {
        const int dimension = 4;
        var random = new Random(42);
        float[] values = [.. Enumerable.Range(0, ItemCount * dimension).Select(_ => (float)random.NextDouble() - 0.5f)];
        NpyWriter.Write(_folder.File("v.npy"), values, dimension);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < 15; user++)
        {
            (int count, int from, int step) = (user / 5) switch
            {
                0 => (1000, 0, 10),
                1 => (500, 0, 10),
                _ => (100, 9000, 10),
            };
            for (int act = 0; act < count; act++)
            {
                long time = StartSeconds + from + (act * step) + user;
                events.Append(CultureInfo.InvariantCulture, $"u{user},i{random.Next(ItemCount)},view,{time}\n");
            }
        }

        _folder.Write("events.csv", events.ToString());
        var options = new EvaluationOptions
        {
            Dataset = DatasetKind.PlainCsv,
            DataPath = _folder.Path,
            Split = SplitRule.FromTime((StartSeconds + 8000) * 1000),
        };
        ReplayData data = ReplayData.Load(options, null);
        log = data.Log;
        return new PlantedLog(data, options, 0.7, 1);
    }
}
